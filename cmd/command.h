/*
 * The commands: `rdbfs check …` and so on; without a name, a mount. Each command has a line in
 * command.c and a function.
 */
#ifndef RDB_CMD_COMMAND_H
#define RDB_CMD_COMMAND_H

#include "base/err.h"
#include "cmd/options.h"
#include "dump/dump.h"
#include "schedule/monitor.h"

#include <limits.h>
#include <stdio.h>

/* Exit codes, documented in --help and in the man page. */
enum rdb_exit {
	RDB_EXIT_OK = 0,
	RDB_EXIT_USAGE = 1,     /* wrong option, argument or configuration */
	RDB_EXIT_DIFFERENT = 1, /* diff, like diff(1): the backups differ; usage errors exit 2 */
	RDB_EXIT_FAILED = 2,    /* the command failed */
	RDB_EXIT_DAMAGED = 3,   /* check: an archive is damaged */
	RDB_EXIT_WARNED = 4,    /* restore: complete except for the reported warnings */
	RDB_EXIT_MOUNT = 32,    /* mounting failed (mount(8)'s number for this) */
};

struct rdb_command {
	enum rdb_command_id id;
	const char *name;      /* NULL: the command without a name */
	const char *arguments; /* "[options] MOUNTPOINT", for --help */
	const char *summary;   /* one line */
	size_t args_min, args_max;
	bool configured; /* reads the configuration file */
	/* Runs the command and returns enum rdb_exit; the caller prints err. */
	int (*run)(const struct rdb_settings *settings, struct rdb_err *err);
};

#define RDB_ARGS_ANY SIZE_MAX

int rdb_command_mount(const struct rdb_settings *settings, struct rdb_err *err);
int rdb_command_dump(const struct rdb_settings *settings, struct rdb_err *err);
int rdb_command_restore(const struct rdb_settings *settings, struct rdb_err *err);
int rdb_command_check(const struct rdb_settings *settings, struct rdb_err *err);
int rdb_command_diff(const struct rdb_settings *settings, struct rdb_err *err);
int rdb_command_get(const struct rdb_settings *settings, struct rdb_err *err);
int rdb_command_list(const struct rdb_settings *settings, struct rdb_err *err);
int rdb_command_status(const struct rdb_settings *settings, struct rdb_err *err);
int rdb_command_unmount(const struct rdb_settings *settings, struct rdb_err *err);

/* Sets the options that the settings define for every kind of dump; the others are those of
 * rdb_dump_options_init(). */
void rdb_command_dump_options(const struct rdb_settings *settings, struct rdb_dump_options *out);

/* Creates the monitor for --metrics and --ping; NULL: neither is given. Errors as
 * rdb_monitor_create(). */
int rdb_command_monitor(
	const struct rdb_settings *settings, struct rdb_monitor **out, struct rdb_err *err);

/* Seconds of --retry as cluster/back_off.h expects them: 0, which means no retry, becomes -1. */
int rdb_command_patience(const struct rdb_settings *settings);

size_t rdb_commands_count(void);
const struct rdb_command *rdb_commands_at(size_t i);

/* Finds a command by name; NULL: none. The first command is the one without a name. */
const struct rdb_command *rdb_commands_find(const char *name);

/* Finds the command that a mistyped word, or another tool's word, probably means; NULL: none. */
const char *rdb_commands_meant(const char *word);

/* Prints --help of a command; that of the nameless one lists all commands. */
void rdb_help(const struct rdb_command *command, FILE *out);

/* Prints --version: rdbfs and its libraries. */
void rdb_version(FILE *out);

#endif
