/* --users, --user-passwords and --table-config of restore. Single-threaded. */
#ifndef RDB_CMD_RESTORE_SYSTEM_H
#define RDB_CMD_RESTORE_SYSTEM_H

#include "cmd/settings.h"
#include "restore/restore.h"
#include "restore/system.h"

/* Zero-initialised is empty. May be closed twice; the first time before the cluster is freed. */
struct rdb_restore_system {
	const struct rdb_settings *settings;
	struct rdb_client client;
	struct rdb_system system;
	json_t *passwords, *users; /* NULL: none */
	size_t warnings;
};

/* Checks the combination of options and reads the passwords. -EINVAL, and errors of
 * rdb_secret_users(). */
int rdb_restore_system_init(
	struct rdb_restore_system *s, const struct rdb_settings *settings, struct rdb_err *err);

/* Reads the backup's documents and inspects the cluster, before anything is restored. Does nothing
 * without these options. Errors as rdb_system_read(), rdb_users_prepare(),
 * rdb_table_config_prepare(). */
int rdb_restore_system_prepare(struct rdb_restore_system *s,
	const struct rdb_restore_options *options, struct rdb_job *job, struct rdb_err *err);

/* Applies the options after the tables are restored; nothing else may draw on the terminal.
 * warnings counts the failures that are not fatal. Returns 0, or -ECANCELED, -ENOMEM and errors of
 * the cluster. */
int rdb_restore_system_run(struct rdb_restore_system *s, struct rdb_err *err);

void rdb_restore_system_close(struct rdb_restore_system *s);

#endif
