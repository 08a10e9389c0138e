/*
 * The options: one table for the command line (--name value, --name=value, -x value), the words
 * after -o (name=value,…), fstab, the environment (RDBFS_NAME=value), the configuration file,
 * --help and the completions.
 *
 * A new option needs a member in struct rdb_settings, a line in the table, a word in the man page
 * and in the completions (a test compares them).
 */
#ifndef RDB_CMD_OPTIONS_H
#define RDB_CMD_OPTIONS_H

#include "base/err.h"
#include "cmd/settings.h"

/* Sets the defaults. */
void rdb_settings_init(struct rdb_settings *settings);
void rdb_settings_free(struct rdb_settings *settings);

size_t rdb_options_count(void);
const struct rdb_option *rdb_options_at(size_t i);

/* Finds an option by name; "_" equals "-", since libfuse's own options are written with "_". NULL:
 * none. */
const struct rdb_option *rdb_options_find(const char *name, size_t len);

/*
 * Sets an option; value NULL: a flag without a value. If set twice, the later one counts, but a
 * lower origin (configuration) never overrides a higher one (command line). Returns 0, -EINVAL with
 * a message, or -ENOMEM.
 */
int rdb_option_set(const struct rdb_option *option, const char *value, enum rdb_origin origin,
	struct rdb_settings *settings, struct rdb_err *err);

/* Frees an option's value and marks it as not given. */
void rdb_option_reset(const struct rdb_option *option, struct rdb_settings *settings);

/* Returns whether a command accepts an option. */
bool rdb_option_is_for(const struct rdb_option *option, enum rdb_command_id command);

/* Origin of an option's value. */
enum rdb_origin rdb_option_origin(const struct rdb_option *option, const struct rdb_settings *s);

/*
 * Reads arguments (without the names of the program and the command). Other words are appended to
 * settings->args. Returns 0, -EINVAL with a message, or -ENOMEM.
 */
int rdb_options_parse(enum rdb_command_id command, int argc, const char *const argv[],
	struct rdb_settings *settings, struct rdb_err *err);

/*
 * Reads a command's options from the environment: RDBFS_NAME for each, in capitals and with "_" for
 * "-"; also the official tools' RETHINKDB_HOSTNAME, RETHINKDB_DRIVER_PORT and RETHINKDB_USER, which
 * RDBFS_… overrides. Elements of a list are separated by commas or white space. An empty variable
 * counts as unset. RDBFS_PASSWORD is removed from the environment. Returns 0, -EINVAL with a
 * message that names the variable, or -ENOMEM.
 */
int rdb_options_environment(
	enum rdb_command_id command, struct rdb_settings *settings, struct rdb_err *err);

/*
 * Reads the argument of one -o: name or name=value, separated by commas; "\" quotes the next byte,
 * except in "\t" as a delimiter. fstab's own words and those without effect (rw, ro, noauto, x-…)
 * are ignored; libfuse's are stored in settings->fuse_words, with their backslashes. Returns 0,
 * -EINVAL with a message, or -ENOMEM.
 */
int rdb_options_words(const char *words, struct rdb_settings *settings, struct rdb_err *err);

#endif
