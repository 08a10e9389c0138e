/* A backup named as an argument: a file, a folder, or a backup of a source. */
#ifndef RDB_CMD_BACKUP_ARGUMENT_H
#define RDB_CMD_BACKUP_ARGUMENT_H

#include "archive/archive.h"
#include "cmd/settings.h"
#include "store/store.h"

/*
 * Opens the backup that argument names: an archive or export folder that exists, an archive in a
 * remote store (s3://BUCKET/PREFIX/NAME.tar.gz), else a backup of --source (or of the default
 * folder) by its name; "latest" is the newest that is not damaged. Reads the archive to its end
 * unless an index lists its tables.
 *   -ENOENT  no such file, and no backup of that name in the source
 *   -EIO     unreadable
 *   and the errors of rdb_store_open() and rdb_archive_open()
 */
int rdb_backup_argument_open(const struct rdb_settings *settings, struct rdb_archive_env *env,
	const char *argument, struct rdb_archive **out, struct rdb_err *err);

/* Opens a backup of a store; reads no more of it than rdb_archive_open(). Errors as
 * rdb_archive_open() and rdb_store_open_entry(). */
int rdb_backup_argument_entry(struct rdb_archive_env *env, struct rdb_store *store,
	const struct rdb_entry *entry, struct rdb_archive **out, struct rdb_err *err);

/* Creates the environment for reading archives, with the settings' cache and index folder. */
int rdb_backup_argument_env(
	const struct rdb_settings *settings, struct rdb_archive_env **out, struct rdb_err *err);

#endif
