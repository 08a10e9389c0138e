/* Archives of a remote store, named s3://BUCKET/PREFIX/NAME.tar.gz. */
#ifndef RDB_CMD_REMOTE_ARCHIVE_H
#define RDB_CMD_REMOTE_ARCHIVE_H

#include "archive/archive.h"
#include "cmd/settings.h"

/*
 * Opens an archive; waits for the store's listing.
 *   -ENOENT  no such archive
 *   -EINVAL  name is not that of an archive in a store
 *   others   as rdb_store_open(), rdb_archive_open()
 */
int rdb_remote_archive_open(const struct rdb_settings *settings, struct rdb_archive_env *env,
	const char *name, struct rdb_archive **out, struct rdb_err *err);

/* Returns whether name is that of a folder of archives: s3://BUCKET, s3://BUCKET/PREFIX/. */
bool rdb_remote_is_folder(const char *name);

/*
 * Opens all archives of a store, including deeper prefixes, one after the other. Calls each() with
 * the archive, or with NULL and the reason if it cannot be opened. name is valid during the call.
 * Returns errors of the store only, as rdb_remote_archive_open().
 */
typedef void (*rdb_remote_archive_each)(
	void *arg, struct rdb_archive *archive, const char *name, const struct rdb_err *err);
int rdb_remote_archives(const struct rdb_settings *settings, struct rdb_archive_env *env,
	const char *source, rdb_remote_archive_each each, void *arg, struct rdb_err *err);

#endif
