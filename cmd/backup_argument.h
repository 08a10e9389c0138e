/* Opening of a backup that an argument of the command line names: an archive file, an export
 * folder, or the name of a backup in the source (--source). */
#ifndef RDB_CMD_BACKUP_ARGUMENT_H
#define RDB_CMD_BACKUP_ARGUMENT_H

#include "archive/archive.h"
#include "cmd/settings.h"
#include "store/store.h"

/*
 * Opens the backup that a command's argument names. The argument is a path, the address of an
 * archive in a remote store, or the name of a backup in the store of the option --source.
 * Returns:
 *   0        *out is the backup
 *   -ENOENT  no such backup exists
 *   -EIO     no table of the backup is readable
 *   other    an error of rdb_backup_argument_file()
 */
int rdb_backup_argument_open(const struct rdb_settings *settings, struct rdb_archive_env *env,
	const char *argument, struct rdb_archive **out, struct rdb_err *err);

/* Opens a backup: the archive or the folder of exported tables at a local path, or the archive at
 * an address in a remote store. Returns 0, or an error of open(), rdb_archive_open_fd() or
 * rdb_store_open(). */
int rdb_backup_argument_file(const struct rdb_settings *settings, struct rdb_archive_env *env,
	const char *path, struct rdb_archive **out, struct rdb_err *err);

/* Opens the archive or the folder of exported tables that the store lists as "entry". "name" is the
 * name of the opened backup in messages. Returns 0, or an error of rdb_store_open_entry(),
 * rdb_archive_open(), rdb_store_open_folder() or rdb_archive_open_dir(). */
int rdb_backup_argument_entry(struct rdb_archive_env *env, struct rdb_store *store,
	const struct rdb_entry *entry, const char *name, struct rdb_archive **out,
	struct rdb_err *err);

/* Creates the environment for reading archives, with the cache size and the index folder of the
 * settings. */
int rdb_backup_argument_env(
	const struct rdb_settings *settings, struct rdb_archive_env **out, struct rdb_err *err);

#endif
