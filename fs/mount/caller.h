/*
 * Facts from /proc about the process that sent a request. It may be in another pid namespace (then
 * its number is 0), hidden, or ended: "unknown" is a valid answer. Nothing here waits. Thread-safe.
 */
#ifndef RDB_MOUNT_CALLER_H
#define RDB_MOUNT_CALLER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum rdb_caller { RDB_CALLER_NO, RDB_CALLER_YES, RDB_CALLER_UNKNOWN };

/* Returns whether a signal is killing the process. Unknown counts as no. */
bool rdb_caller_is_killed(pid_t pid);

/* Returns whether the process has ended or is exiting. Unknown counts as no. */
bool rdb_caller_is_gone(pid_t pid);

/*
 * Returns whether a pending signal will end the process: one that is neither blocked nor ignored,
 * and that is deadly or, if caught, requests the end (INT, TERM, HUP, QUIT). Signals that stop a
 * process, or report a child or a resized terminal, do not count.
 */
enum rdb_caller rdb_caller_is_ending(pid_t pid);

/*
 * Returns whether the process is an rsync that exits before it has finished: because of a caught
 * signal, or because its peer has ended. With --partial, --inplace or --append it then closes and
 * renames an incomplete file as if the file were whole. The sign is that the process ignores USR1,
 * with which rsync's processes stop each other: it does so from the beginning of its clean-up on,
 * and its receiving process never does otherwise. Unknown counts as no.
 */
bool rdb_caller_is_rsync_giving_up(pid_t pid);

/*
 * Returns whether the process has a file of the mount open, as a shell does for a redirection, or
 * one of its parents has, as in "{ cat a; cat b; } >file". path is the file's path for this
 * process; ino recognises it when it was opened by another path, since no other file system has
 * such numbers.
 */
enum rdb_caller rdb_caller_has_open(pid_t pid, const char *path, uint64_t ino);

#endif
