/*
 * A hosting service with local copies of its backups. Each backup of the service is copied into a
 * directory, one at a time, newest first. A copy is written under a hidden name, verified, synced
 * and then renamed. The store lists the copies in the directory, and the backups of the service
 * that have no copy yet.
 */
#ifndef RDB_STORE_MIRROR_H
#define RDB_STORE_MIRROR_H

#include "store/store.h"

/*
 * Creates a mirror: a store that lists the backups of the store "service", and copies them into
 * the directory dir. Takes ownership of "service", also on failure. Creates dir if needed, with
 * access only for the owner. Returns 0, -ENOMEM, or
 *   -EACCES, -ENOTDIR, -EROFS or another error of rdb_store_directory() for dir.
 */
int rdb_store_mirror(
	struct rdb_store *service, const char *dir, struct rdb_store **out, struct rdb_err *err);

#endif
