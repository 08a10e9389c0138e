/*
 * The commands, for example `rdbfs check`. The command without a name mounts. Each command has a
 * function, and an entry in the table in command.c.
 */
#ifndef RDB_CMD_COMMAND_H
#define RDB_CMD_COMMAND_H

#include "base/err.h"
#include "cmd/option.h"
#include "dump/dump.h"
#include "pipeline/restore_policy.h"
#include "schedule/monitor.h"

#include <stdio.h>

/* Exit codes. They are documented in --help and in the man page. */
enum rdb_exit {
	RDB_EXIT_OK = 0,
	RDB_EXIT_USAGE = 1,     /* wrong option, argument or configuration */
	RDB_EXIT_DIFFERENT = 1, /* diff: the backups differ; wrong usage exits with 2 */
	RDB_EXIT_FAILED = 2,    /* the command failed */
	RDB_EXIT_DAMAGED = 3,   /* check: an archive is damaged */
	RDB_EXIT_WARNED = 4,    /* restore: complete, except for the reported warnings */
	RDB_EXIT_MOUNT = 32,    /* mounting failed; the exit code is that of mount(8) */
};

struct rdb_command {
	enum rdb_command_id id;
	const char *name;      /* NULL for the command without a name */
	const char *arguments; /* "[options] MOUNTPOINT", as --help shows them */
	const char *summary;   /* summary in one line */
	size_t args_min, args_max;
	bool configured; /* the command reads the configuration file */
	/* Runs the command. Returns an enum rdb_exit. The caller prints err. */
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

/* Stores in *out the values of the options that dump and mount have in common. All other fields of
 * *out receive their default values. */
void rdb_command_dump_options(const struct rdb_settings *settings, struct rdb_dump_options *out);

/* Returns the options that restore and mount have in common. state_dir may be NULL. The result
 * points into both arguments. */
struct rdb_restore_policy rdb_command_restore_policy(
	const struct rdb_settings *settings, const char *state_dir);

/* Creates the monitor for --metrics and --ping. Stores NULL in *out if neither option is given.
 * Returns 0, or an error of rdb_monitor_create(). */
int rdb_command_monitor(
	const struct rdb_settings *settings, struct rdb_monitor **out, struct rdb_err *err);

size_t rdb_commands_count(void);
const struct rdb_command *rdb_commands_at(size_t i);

/* Finds a command by its name. If "name" is NULL, returns the command that mounts, because this
 * command has no name. Returns NULL if no command has the name. */
const struct rdb_command *rdb_commands_find(const char *name);

/* Returns the command that the user probably means by an unknown word, or NULL. The word may be
 * mistyped, or a command of another tool, such as "import". */
const char *rdb_commands_meant(const char *word);

/* Prints the help text of a command. If command->name is NULL (rdbfs without a command), the help
 * text lists all commands. */
void rdb_help(const struct rdb_command *command, FILE *out);

/* Prints the versions of rdbfs and of its libraries. */
void rdb_version(FILE *out);

#endif
