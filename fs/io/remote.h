/* Detection of file systems that other machines can write to. rdb_remote() returns whether the open
 * file or folder fd is on such a file system. There, inotify, leases and locks may miss changes.
 * Any thread may call. */
#ifndef RDB_IO_REMOTE_H
#define RDB_IO_REMOTE_H

#include <stdbool.h>

bool rdb_remote(int fd);

#endif
