/* Detection of file systems that other machines can write to. The parameter fd is an open file or
 * folder. On such file systems, inotify, leases and locks may miss changes. Any thread may call. */
#ifndef RDB_BASE_REMOTE_H
#define RDB_BASE_REMOTE_H

#include <stdbool.h>

bool rdb_remote(int fd);

#endif
