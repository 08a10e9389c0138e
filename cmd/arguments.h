/* The arguments of the command line: options and other words. */
#ifndef RDB_CMD_ARGUMENTS_H
#define RDB_CMD_ARGUMENTS_H

#include "base/err.h"
#include "cmd/option.h"

struct rdb_settings;

/*
 * Parses the arguments after the command's name. Options are stored in *settings, other arguments
 * are appended to settings->args. Returns 0, -ENOMEM, or -EINVAL with a message.
 */
int rdb_arguments_parse(enum rdb_command_id command, int argc, const char *const argv[],
	struct rdb_settings *settings, struct rdb_err *err);

#endif
