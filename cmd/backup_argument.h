/* Opening of a backup that an argument of the command line names: an archive file, an export
 * folder, or the name of a backup in the source (--source). */
#ifndef RDB_CMD_BACKUP_ARGUMENT_H
#define RDB_CMD_BACKUP_ARGUMENT_H

#include "archive/archive.h"
#include "cmd/settings.h"
#include "store/store.h"

/*
 * Opens the backup that the argument names. The argument can be an existing archive or export
 * folder, an archive in a remote store (s3://BUCKET/PREFIX/NAME.tar.gz), or the name of a backup
 * in --source or the default folder. The name "latest" means the newest backup that is not
 * damaged. Reads the archive to its end, unless the archive has an index that lists its tables.
 * Returns 0, an error of rdb_store_open(), an error of rdb_archive_open(), or
 *   -ENOENT if there is neither such a file nor a backup with that name in the source;
 *   -EIO if the backup is unreadable.
 */
int rdb_backup_argument_open(const struct rdb_settings *settings, struct rdb_archive_env *env,
	const char *argument, struct rdb_archive **out, struct rdb_err *err);

/* Opens a backup of a store. Reads only what rdb_archive_open() reads. Returns 0, or an error of
 * rdb_archive_open() or rdb_store_open_entry(). */
int rdb_backup_argument_entry(struct rdb_archive_env *env, struct rdb_store *store,
	const struct rdb_entry *entry, struct rdb_archive **out, struct rdb_err *err);

/* Creates the environment for reading archives, with the cache size and the index folder of the
 * settings. */
int rdb_backup_argument_env(
	const struct rdb_settings *settings, struct rdb_archive_env **out, struct rdb_err *err);

#endif
