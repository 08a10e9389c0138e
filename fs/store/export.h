/* Folders written by `rethinkdb export`: DATABASE/TABLE.json, .info or .csv. Thread-safe. */
#ifndef RDB_STORE_EXPORT_H
#define RDB_STORE_EXPORT_H

#include "base/err.h"

#include <time.h>

/*
 * Determines whether the folder looks like an export, judged by the first table found. Returns 1 or
 * 0; -ENOENT, -ENOTDIR (also for a link), -EACCES, -EIO. newest: latest change of the folder, or of
 * the database folder that was read.
 */
int rdb_export_probe(int dirfd, const char *name, struct timespec *newest);

/* Finds the latest change of the folder, its databases and tables. Returns 0, or an error of
 * rdb_export_probe(). */
int rdb_export_newest(int dirfd, const char *name, struct timespec *newest);

/* Removes the tables, the emptied database folders, and the folder itself. Returns 0, -ENOTEMPTY:
 * other files remain, -EACCES, -EROFS or -EIO. */
int rdb_export_remove(int dirfd, const char *name, struct rdb_err *err);

#endif
