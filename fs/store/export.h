/* Folders written by `rethinkdb export`: DATABASE/TABLE.json, .info or .csv. Thread-safe. */
#ifndef RDB_STORE_EXPORT_H
#define RDB_STORE_EXPORT_H

#include "base/err.h"

#include <time.h>

/*
 * Whether the folder looks like an export, judged by the first table found.
 * 1 or 0; -ENOENT, -ENOTDIR (also for a link), -EACCES, -EIO.
 * newest: the last time that it, or a database's folder looked into, was changed.
 */
int rdb_export_probe(int dirfd, const char *name, struct timespec *newest);

/* The last change of anything in it: folder, databases' folders, tables. 0 or as above. */
int rdb_export_newest(int dirfd, const char *name, struct timespec *newest);

/* Removes the tables, the emptied folders of databases, and the folder itself. What is not part
 * of an export is left, and then -ENOTEMPTY is the answer. Else 0, -EACCES, -EROFS, -EIO. */
int rdb_export_remove(int dirfd, const char *name, struct rdb_err *err);

#endif
