/* One archive of a remote store, named as s3://BUCKET/PREFIX/NAME.tar.gz. */
#ifndef RDB_CMD_REMOTE_ARCHIVE_H
#define RDB_CMD_REMOTE_ARCHIVE_H

#include "archive/archive.h"
#include "cmd/settings.h"

/*
 * Opens it; waits for the store's listing.
 *   -ENOENT   no such archive
 *   -EINVAL   name is not that of an archive in a store
 *   as rdb_store_open(), rdb_archive_open()
 */
int rdb_remote_archive_open(const struct rdb_settings *settings, struct rdb_archive_env *env,
	const char *name, struct rdb_archive **out, struct rdb_err *err);

#endif
