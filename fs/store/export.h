/* Folders written by `rethinkdb export`. For each table, they have the documents in
 * DATABASE/TABLE.json or .csv, and the metadata in DATABASE/TABLE.info. All functions are
 * thread-safe. */
#ifndef RDB_STORE_EXPORT_H
#define RDB_STORE_EXPORT_H

#include "base/err.h"

#include <time.h>

/*
 * Determines whether the folder "name" in the directory dirfd is an export. Raises *newest to the
 * latest mtime of the folder and of the subfolders that were read.
 * Returns:
 *   1  a subfolder contains a table
 *   0  no subfolder contains a table
 *   -ENOENT, -EACCES, -EIO or -ENOTDIR  the folder cannot be opened
 */
int rdb_export_probe(int dirfd, const char *name, struct timespec *newest);

/* Updates *newest if the folder, its databases or its tables have a later mtime. Returns 0, or an
 * error of rdb_export_probe(). */
int rdb_export_newest(int dirfd, const char *name, struct timespec *newest);

/* Removes the files of an export, and the export's folders. If a folder contains other files, keeps
 * these files and the folder, and returns -ENOTEMPTY. Otherwise, returns 0, -EACCES, -EROFS or
 * -EIO. */
int rdb_export_remove(int dirfd, const char *name, struct rdb_err *err);

#endif
