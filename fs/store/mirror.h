/*
 * A hosting service with local copies of its backups. Each backup that the service lists is copied
 * into a directory, one after the other, newest first: under a hidden name, verified, synced, then
 * renamed. The store lists the directory and the backups not copied yet; a backup in both is listed
 * once, as the copy.
 */
#ifndef RDB_STORE_MIRROR_H
#define RDB_STORE_MIRROR_H

#include "store/store.h"

/*
 * Creates the store. Takes ownership of service, also on failure. dir is created if missing, for
 * the owner only.
 *   -EACCES -ENOTDIR -EROFS …   dir, as for rdb_store_directory()
 *   -ENOMEM
 */
int rdb_store_mirror(
	struct rdb_store *service, const char *dir, struct rdb_store **out, struct rdb_err *err);

#endif
