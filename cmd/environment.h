/* Values of options from environment variables. */
#ifndef RDB_CMD_ENVIRONMENT_H
#define RDB_CMD_ENVIRONMENT_H

#include "base/err.h"
#include "cmd/option.h"

struct rdb_settings;

/*
 * Reads a command's options from the environment variables RDBFS_NAME, in capitals and with "_" for
 * "-". Reads RETHINKDB_HOSTNAME, RETHINKDB_DRIVER_PORT and RETHINKDB_USER, too; RDBFS_NAME
 * overrides them. Commas or white space separate elements of a list. Ignores empty variables.
 * Removes RDBFS_PASSWORD. Returns 0, -ENOMEM, or -EINVAL with a message.
 */
int rdb_environment_read(
	enum rdb_command_id command, struct rdb_settings *settings, struct rdb_err *err);

/* Logs a warning about each variable RDBFS_... whose name is a likely misspelling of an option of
 * the command. Other unknown variables RDBFS_... cause no warning, because Kubernetes sets
 * RDBFS_PORT and RDBFS_SERVICE_HOST for a service called rdbfs. */
void rdb_environment_warn(enum rdb_command_id command);

#endif
