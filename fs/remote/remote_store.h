/* Stores (store/store.h) whose backups are on other hosts: objects in a bucket, and the backups of
 * a hosting service, also with local copies. */
#ifndef RDB_REMOTE_REMOTE_STORE_H
#define RDB_REMOTE_REMOTE_STORE_H

#include "store/store.h"

/* Opens a store of the objects below s3://BUCKET/PREFIX. Returns 0, or an error of
 * rdb_store_open(). */
int rdb_store_s3(const char *source, const struct rdb_store_options *options,
	struct rdb_store **out, struct rdb_err *err);

/* Opens a store that lists the backups of a deployment at a hosting service. The size of an archive
 * may be unknown until the archive is opened. Returns 0, or an error of rdb_store_open(). */
int rdb_store_service(const char *source, const struct rdb_store_options *options,
	struct rdb_store **out, struct rdb_err *err);

/* Creates a mirror: a store that lists the backups of the store "service", and copies each backup
 * into the directory dir, newest first. Creates dir if needed, with access for the owner only.
 * Takes ownership of "service", also on failure. Returns 0, -ENOMEM, or an error of
 * rdb_store_directory() for dir. */
int rdb_store_mirror(
	struct rdb_store *service, const char *dir, struct rdb_store **out, struct rdb_err *err);

#endif
