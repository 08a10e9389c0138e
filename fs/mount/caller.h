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
 * Returns RDB_CALLER_YES if a pending signal will end the process. The signal must be neither
 * blocked nor ignored. If the process catches the signal, only INT, TERM, HUP and QUIT count.
 * Signals that stop a process, or report a child or a resized terminal, never count. Returns
 * RDB_CALLER_UNKNOWN if the signals cannot be read.
 */
enum rdb_caller rdb_caller_is_ending(pid_t pid);

/*
 * Returns true if the process is an rsync that exits before its transfer is finished. The rsync may
 * rename an incomplete file as if it were whole. Returns false if the process cannot be examined.
 */
bool rdb_caller_is_rsync_giving_up(pid_t pid);

/*
 * Returns RDB_CALLER_YES if the process or one of its parent processes has a file of the mount
 * open. Parents count because in "{ cat a; cat b; } >file" only the shell opens the file. path is
 * the file's path as the process sees it. The inode number ino recognises a file that was opened by
 * another path. Returns RDB_CALLER_UNKNOWN if the process runs, but its descriptors cannot be
 * listed.
 */
enum rdb_caller rdb_caller_has_open(pid_t pid, const char *path, uint64_t ino);

#endif
