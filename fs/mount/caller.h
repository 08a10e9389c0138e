/*
 * What /proc tells of the process that a request came from. It may be of another pid namespace
 * (then its number is 0), hidden, or gone: unknown is an answer. Nothing here waits for anybody.
 * Thread-safe.
 */
#ifndef RDB_MOUNT_CALLER_H
#define RDB_MOUNT_CALLER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum rdb_caller { RDB_CALLER_NO, RDB_CALLER_YES, RDB_CALLER_UNKNOWN };

/* Whether it is on its way out because of a signal. Unknown is no. */
bool rdb_caller_is_killed(pid_t pid);

/* Whether it has ended, or is about to. Unknown is no. */
bool rdb_caller_is_gone(pid_t pid);

/*
 * Whether a signal is waiting for it that ends it: one that it neither blocks nor ignores, and
 * that is deadly or, when it is caught, asks to end (INT, TERM, HUP, QUIT). Not so one that stops
 * it, or that tells of a child or a resized terminal.
 */
enum rdb_caller rdb_caller_is_ending(pid_t pid);

/*
 * Whether it is an rsync that ends before it is through: by a signal that it catches, or since its
 * other end is gone. With --partial, --inplace or --append it then closes and renames what it has
 * as if it were whole. What tells: it ignores USR1, by which its processes end each other, from
 * the moment when it begins to clean up, and its receiving process never does otherwise. Unknown
 * is no.
 */
bool rdb_caller_is_rsync_giving_up(pid_t pid);

/*
 * Whether it has a file of the mount open, as a shell has that redirects into it, or one that it
 * descends from has, as in "{ cat a; cat b; } >file". path is where the file is for us; who came
 * by another way to it is known by ino, which no other file system's files have.
 */
enum rdb_caller rdb_caller_has_open(pid_t pid, const char *path, uint64_t ino);

#endif
