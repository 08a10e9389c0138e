/* Values of options from environment variables. */
#ifndef RDB_CMD_ENVIRONMENT_H
#define RDB_CMD_ENVIRONMENT_H

#include "base/err.h"
#include "cmd/option.h"

struct rdb_settings;

/*
 * Reads a command's options from environment variables. The variable of an option is RDBFS_ and
 * the option's name in capitals, with "_" for "-". Also reads RETHINKDB_HOSTNAME,
 * RETHINKDB_DRIVER_PORT and RETHINKDB_USER. If the RDBFS_ variable of the same option is set too,
 * uses the value of the RDBFS_ variable. Commas or white space separate elements of a list.
 * Ignores empty variables. Removes the variables of secret options, such as RDBFS_PASSWORD, from
 * the environment, to hide them from child processes. Returns 0, -ENOMEM, or -EINVAL with a
 * message.
 */
int rdb_environment_read(
	enum rdb_command_id command, struct rdb_settings *settings, struct rdb_err *err);

/* Logs a warning about each variable RDBFS_... whose name is a likely misspelling of an option of
 * the command. Other unknown variables RDBFS_... cause no warning, because Kubernetes sets
 * RDBFS_PORT and RDBFS_SERVICE_HOST for a service called rdbfs. */
void rdb_environment_warn(enum rdb_command_id command);

#endif
