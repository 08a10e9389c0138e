/* Whether a file system (of an open file or folder) can be written by other machines: of what they
 * do neither inotify, nor a lease, nor a lock need tell. Thread-safe. */
#ifndef RDB_BASE_REMOTE_H
#define RDB_BASE_REMOTE_H

#include <stdbool.h>

bool rdb_remote(int fd);

#endif
