/* Values of options from environment variables. */
#ifndef RDB_CMD_ENVIRONMENT_H
#define RDB_CMD_ENVIRONMENT_H

#include "base/err.h"
#include "cmd/option.h"

struct rdb_settings;

/*
 * Reads a command's options from the environment. The variable of an option is RDBFS_NAME, in
 * capitals and with "_" for "-". RETHINKDB_HOSTNAME, RETHINKDB_DRIVER_PORT and RETHINKDB_USER of
 * the official tools are read too, and RDBFS_NAME overrides them. Elements of a list are separated
 * by commas or white space. An empty variable counts as not set. Removes RDBFS_PASSWORD from the
 * environment. Returns 0, -ENOMEM, or -EINVAL with a message.
 */
int rdb_environment_read(
	enum rdb_command_id command, struct rdb_settings *settings, struct rdb_err *err);

/* Logs a warning about each variable whose name is nearly that of an option of the command. Other
 * variables that begin with RDBFS_ have other uses: Kubernetes sets RDBFS_PORT, RDBFS_SERVICE_HOST
 * and the like for a service called rdbfs. */
void rdb_environment_warn(enum rdb_command_id command);

#endif
