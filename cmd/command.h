/*
 * The commands: `rdbfs check …` and so on; without a name it is a mount. Each is a line in
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

/* What the program exits with. Documented in --help and in the man page. */
enum rdb_exit {
	RDB_EXIT_OK = 0,
	RDB_EXIT_USAGE = 1,     /* an option, an argument or the configuration is wrong */
	RDB_EXIT_DIFFERENT = 1, /* diff, as diff(1): the backups differ; usage errors exit 2 */
	RDB_EXIT_FAILED = 2,    /* it could not be done */
	RDB_EXIT_DAMAGED = 3,   /* check: an archive is damaged */
	RDB_EXIT_WARNED = 4,    /* restore: done, but for what the warnings tell */
	RDB_EXIT_MOUNT = 32,    /* it could not be mounted (the number that mount(8) has for it) */
};

struct rdb_command {
	enum rdb_command_id id;
	const char *name;      /* NULL: the one without a name */
	const char *arguments; /* "[options] MOUNTPOINT", for --help */
	const char *summary;   /* a line */
	size_t args_min, args_max;
	bool configured; /* reads the configuration file */
	/* Does it, and returns enum rdb_exit; words in err are shown by the caller. */
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

/* Options of dumps that the settings set for every kind of dump; the rest is as
 * rdb_dump_options_init has it. */
void rdb_command_dump_options(const struct rdb_settings *settings, struct rdb_dump_options *out);

/* What --metrics and --ping ask for; NULL: neither. Errors as rdb_monitor_create(). */
int rdb_command_monitor(
	const struct rdb_settings *settings, struct rdb_monitor **out, struct rdb_err *err);

/* The seconds of --retry as cluster/back_off.h has them: 0, which is never, becomes -1. */
int rdb_command_patience(const struct rdb_settings *settings);

size_t rdb_commands_count(void);
const struct rdb_command *rdb_commands_at(size_t i);

/* By name; NULL: none. The first is the one without a name. */
const struct rdb_command *rdb_commands_find(const char *name);

/* The command that a mistyped word, or another tool's word for it, stands for; NULL: none. */
const char *rdb_commands_meant(const char *word);

/* --help of one command; that of the nameless one lists all commands. */
void rdb_help(const struct rdb_command *command, FILE *out);

/* --version: rdbfs and its libraries. */
void rdb_version(FILE *out);

#endif
