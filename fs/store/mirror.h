/*
 * A hosting service with a local copy of its backups. Each backup that the service lists is copied
 * into a directory, one after the other, the newest first: under a hidden name, verified, synced,
 * then renamed. The store lists the directory and what is not in it yet; a backup that is in both
 * is listed once, as the copy.
 */
#ifndef RDB_STORE_MIRROR_H
#define RDB_STORE_MIRROR_H

#include "store/store.h"

/*
 * Takes service over, also on failure; dir is made where it is missing, for the owner alone.
 *   -EACCES -ENOTDIR -EROFS …   dir, as rdb_store_directory()
 *   -ENOMEM
 */
int rdb_store_mirror(
	struct rdb_store *service, const char *dir, struct rdb_store **out, struct rdb_err *err);

#endif
