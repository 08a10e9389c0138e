/* Stores (store/store.h) of local files: the backups in a directory, or a single backup. */
#ifndef RDB_DIRECTORY_DIRECTORY_H
#define RDB_DIRECTORY_DIRECTORY_H

#include "store/store.h"

/* Opens a store for the path. The path may be a directory of backups, one archive, or one folder
 * made by the command `rethinkdb export`. Returns 0, or an error of rdb_store_open(). */
int rdb_store_local(const char *path, const struct rdb_store_options *options,
	struct rdb_store **out, struct rdb_err *err);

/* Opens a directory as a store. Hidden and unfinished files are not listed. After the directory's
 * removal, rdb_store_list() returns -EIO. options may be NULL. Returns 0, or an error of
 * rdb_store_open(). */
int rdb_store_directory(const char *path, const struct rdb_store_options *options,
	struct rdb_store **out, struct rdb_err *err);

#endif
