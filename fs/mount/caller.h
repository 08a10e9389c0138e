/*
 * Facts from /proc about the process that sent a request. The process may have ended or be hidden.
 * The number of a process in another pid namespace is 0. No function waits. All functions are
 * thread-safe.
 */
#ifndef RDB_MOUNT_CALLER_H
#define RDB_MOUNT_CALLER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum rdb_caller {
	RDB_CALLER_NO,
	RDB_CALLER_YES,
	RDB_CALLER_UNKNOWN, /* the process cannot be examined */
};

/* Returns true if a signal is killing the process. Returns false otherwise, also if /proc does not
 * show the process. */
bool rdb_caller_is_killed(pid_t pid);

/* Returns true if the process has ended or is exiting. Returns false otherwise, also if the state
 * of the process is unknown. */
bool rdb_caller_is_gone(pid_t pid);

/* Determines whether a pending signal is about to end the process. A caught INT, TERM, HUP or QUIT
 * counts too, because its handler usually ends the process. */
enum rdb_caller rdb_caller_is_ending(pid_t pid);

/* Returns true if the process is an rsync that has begun to exit before the end of its transfer.
 * While exiting, rsync may rename an incomplete file. */
bool rdb_caller_is_rsync_giving_up(pid_t pid);

/* Determines whether the process, or an ancestor such as its shell, has the file "path" open. Looks
 * for an open file with this path, or with the same file name and the inode number ino. */
enum rdb_caller rdb_caller_has_open(pid_t pid, const char *path, uint64_t ino);

#endif
