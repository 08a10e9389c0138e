/* Folders written by `rethinkdb export`, with files DATABASE/TABLE.json, .info or .csv. All
 * functions are thread-safe. */
#ifndef RDB_STORE_EXPORT_H
#define RDB_STORE_EXPORT_H

#include "base/err.h"

#include <time.h>

/*
 * Determines whether the folder looks like an export, by the first table found. If the latest mtime
 * of the folder and of the database folders that were read is later than *newest, stores it in
 * *newest. Returns 1 for an export, 0 for another folder, -ENOENT, -ENOTDIR (also for a link),
 * -EACCES or -EIO.
 */
int rdb_export_probe(int dirfd, const char *name, struct timespec *newest);

/* If the latest mtime of the folder, its databases and its tables is later than *newest, stores it
 * in *newest. Returns 0, or an error of rdb_export_probe(). */
int rdb_export_newest(int dirfd, const char *name, struct timespec *newest);

/* Removes an export: its tables, the database folders that are then empty, and the folder itself.
 * Returns 0, -EACCES, -EROFS, -EIO, or -ENOTEMPTY if other files remain. */
int rdb_export_remove(int dirfd, const char *name, struct rdb_err *err);

#endif
