/* Folders written by `rethinkdb export`. For each table, they have the documents in
 * DATABASE/TABLE.json or .csv, and the metadata in DATABASE/TABLE.info. All functions are
 * thread-safe. */
#ifndef RDB_STORE_EXPORT_H
#define RDB_STORE_EXPORT_H

#include "base/err.h"

#include <time.h>

/*
 * Returns 1 if the folder looks like an export (a folder of tables), judged by the first table
 * found, and 0 if not. Sets *newest to the latest mtime of the folders that were read, if this is
 * later than *newest. Errors are -ENOENT, -EACCES or -EIO; -ENOTDIR if the name is no folder, or is
 * a link.
 */
int rdb_export_probe(int dirfd, const char *name, struct timespec *newest);

/* If the latest mtime of the folder, its databases and its tables is later than *newest, stores
 * this mtime in *newest. Returns 0, or an error of rdb_export_probe(). */
int rdb_export_newest(int dirfd, const char *name, struct timespec *newest);

/* Removes an export: its tables, then its empty database folders, and then the folder itself. Other
 * files are not removed. Returns 0, -EACCES, -EROFS, -EIO, or -ENOTEMPTY if other files remain. */
int rdb_export_remove(int dirfd, const char *name, struct rdb_err *err);

#endif
