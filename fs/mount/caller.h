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

enum rdb_caller { RDB_CALLER_NO, RDB_CALLER_YES, RDB_CALLER_UNKNOWN };

/* Returns whether a signal is killing the process. Returns false also if the process cannot be
 * examined. */
bool rdb_caller_is_killed(pid_t pid);

/* Returns whether the process has ended or is exiting. Returns false also if the process cannot be
 * examined. */
bool rdb_caller_is_gone(pid_t pid);

/*
 * Returns RDB_CALLER_YES if the process has a pending signal that is not blocked or ignored, and
 * that will end the process. This is a signal that the process does not catch and whose default
 * action ends the process, or a caught INT, TERM, HUP or QUIT, because the handlers of these
 * signals usually end the process. Returns RDB_CALLER_UNKNOWN if the signals cannot be read.
 */
enum rdb_caller rdb_caller_is_ending(pid_t pid);

/*
 * Returns true if the process is an rsync that exits before its transfer is finished. Such an rsync
 * might rename an incomplete file, which the caller must not take for a complete upload. Returns
 * false if in doubt.
 */
bool rdb_caller_is_rsync_giving_up(pid_t pid);

/*
 * Determines whether the process, or a parent such as its shell, has the file open. "path" is the
 * file's absolute path, and ino is its inode number. A descriptor of the process belongs to the
 * file if the descriptor's path is "path", or if it has the same file name and the inode number
 * ino. Returns RDB_CALLER_YES if there is such a descriptor, RDB_CALLER_UNKNOWN if the descriptors
 * of the process cannot be listed, or RDB_CALLER_NO.
 */
enum rdb_caller rdb_caller_has_open(pid_t pid, const char *path, uint64_t ino);

#endif
