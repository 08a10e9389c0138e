/* --users, --user-passwords and --table-config of restore. One thread. */
#ifndef RDB_CMD_RESTORE_SYSTEM_H
#define RDB_CMD_RESTORE_SYSTEM_H

#include "cmd/settings.h"
#include "restore/restore.h"
#include "restore/system.h"

/* Zero-initialised is empty. Closing it twice is harmless; the first time before the cluster is
 * freed. */
struct rdb_restore_system {
	const struct rdb_settings *settings;
	struct rdb_client client;
	struct rdb_system system;
	json_t *passwords, *users; /* NULL: none */
	size_t warnings;
};

/* Whether the options belong together; reads the passwords. -EINVAL, and rdb_secret_users()'s. */
int rdb_restore_system_init(
	struct rdb_restore_system *s, const struct rdb_settings *settings, struct rdb_err *err);

/* Before anything is restored: reads the backup's documents and looks at the cluster. Without these
 * options nothing happens. Errors as rdb_system_read(), rdb_users_prepare(),
 * rdb_table_config_prepare(). */
int rdb_restore_system_prepare(struct rdb_restore_system *s,
	const struct rdb_restore_options *options, struct rdb_job *job, struct rdb_err *err);

/* Once the tables are restored, and nothing else draws on the terminal. Counts in warnings what
 * could not be done. 0, or -ECANCELED -ENOMEM and errors of the cluster. */
int rdb_restore_system_run(struct rdb_restore_system *s, struct rdb_err *err);

void rdb_restore_system_close(struct rdb_restore_system *s);

#endif
