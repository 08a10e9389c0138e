/* Whether the file system of an open file or folder can be written by other machines. inotify,
 * leases and locks may miss such writes. Thread-safe. */
#ifndef RDB_BASE_REMOTE_H
#define RDB_BASE_REMOTE_H

#include <stdbool.h>

bool rdb_remote(int fd);

#endif
