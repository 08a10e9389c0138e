/* Detection of file systems that other machines can write to, from an open file or folder. inotify,
 * leases and locks may miss such writes. Thread-safe. */
#ifndef RDB_BASE_REMOTE_H
#define RDB_BASE_REMOTE_H

#include <stdbool.h>

bool rdb_remote(int fd);

#endif
