/* Archives of a remote store, named s3://BUCKET/PREFIX/NAME.tar.gz. */
#ifndef RDB_CMD_REMOTE_ARCHIVE_H
#define RDB_CMD_REMOTE_ARCHIVE_H

#include "archive/archive.h"
#include "cmd/settings.h"

/*
 * Reads the listing of a remote store, and opens one of the store's archives. "name" is the
 * archive's address, for example s3://BUCKET/NAME.tar.gz. Returns 0, an error of rdb_store_open()
 * or of rdb_archive_open(), or
 *   -EINVAL if "name" does not have the form of an archive's address;
 *   -ENOENT if "name" has this form, but the store has no such archive.
 */
int rdb_remote_archive_open(const struct rdb_settings *settings, struct rdb_archive_env *env,
	const char *name, struct rdb_archive **out, struct rdb_err *err);

/* Returns whether a remote name stands for a folder of archives, for example s3://BUCKET or
 * s3://BUCKET/PREFIX/, and not for an archive. */
bool rdb_remote_is_folder(const char *name);

/* Callback of rdb_remote_archives(), called for each archive. If the archive cannot be opened,
 * "archive" is NULL and *err has the reason. "archive" and "name" are valid until the callback
 * returns. */
typedef void (*rdb_remote_archive_each)(
	void *arg, struct rdb_archive *archive, const char *name, const struct rdb_err *err);

/* Opens each archive of a store, including those in sub-folders, and calls each(). An archive that
 * cannot be opened is no error. Returns 0, -ENOENT if the store has no archives, -ENOMEM, or an
 * error of rdb_store_open() or rdb_store_list(). */
int rdb_remote_archives(const struct rdb_settings *settings, struct rdb_archive_env *env,
	const char *source, rdb_remote_archive_each each, void *arg, struct rdb_err *err);

#endif
