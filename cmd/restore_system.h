/* The options --users, --user-passwords and --table-config of restore. Not thread-safe. */
#ifndef RDB_CMD_RESTORE_SYSTEM_H
#define RDB_CMD_RESTORE_SYSTEM_H

#include "cmd/settings.h"
#include "restore/restore.h"
#include "restore/system.h"

/* State of the options --users, --user-passwords and --table-config. A zero-initialised struct is
 * empty. rdb_restore_system_close() must be called before the cluster is freed; a second call does
 * nothing. */
struct rdb_restore_system {
	const struct rdb_settings *settings;
	struct rdb_client client;
	struct rdb_system system;
	json_t *passwords, *users; /* NULL if there are none */
	size_t warnings;
};

/* Checks that the given options agree, and reads the file of --user-passwords. Returns 0, -EINVAL
 * if options contradict each other, or an error of rdb_secret_users(). */
int rdb_restore_system_init(
	struct rdb_restore_system *s, const struct rdb_settings *settings, struct rdb_err *err);

/* Reads users and table configuration from the backup, and examines the cluster. Does nothing
 * unless --users or --table-config is given. Returns 0, or an error of the backup or of the
 * cluster. */
int rdb_restore_system_prepare(struct rdb_restore_system *s,
	const struct rdb_restore_options *options, struct rdb_job *job, struct rdb_err *err);

/*
 * Restores the table configuration for --table-config, and the users for --users. Called after the
 * tables were restored and rdb_progress_stop() was called. Adds the number of printed warnings to
 * s->warnings.
 * Returns:
 *   0           success, or neither option is given
 *   -ECANCELED  the restore was cancelled
 *   -ENOMEM     memory is exhausted
 *   other       an error of the cluster
 */
int rdb_restore_system_run(struct rdb_restore_system *s, struct rdb_err *err);

void rdb_restore_system_close(struct rdb_restore_system *s);

#endif
