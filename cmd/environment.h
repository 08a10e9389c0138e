/* Values of options from environment variables. */
#ifndef RDB_CMD_ENVIRONMENT_H
#define RDB_CMD_ENVIRONMENT_H

#include "base/err.h"
#include "cmd/option.h"

struct rdb_settings;

/*
 * Reads options from environment variables, for example --driver-port from RDBFS_DRIVER_PORT or
 * RETHINKDB_DRIVER_PORT. The variable with RDBFS_ has priority. Removes secrets from the
 * environment.
 * Returns:
 *   0        success
 *   -EINVAL  a value is invalid
 *   -ENOMEM  memory is exhausted
 */
int rdb_environment_read(
	enum rdb_command_id command, struct rdb_settings *settings, struct rdb_err *err);

/* Warns about RDBFS_ variables whose names are likely misspellings. Other unknown RDBFS_ variables
 * cause no warning, because other programs may have set them. For example, Kubernetes sets
 * RDBFS_PORT for a service called rdbfs. */
void rdb_environment_warn(enum rdb_command_id command);

#endif
