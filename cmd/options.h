/*
 * The options: one table for the command line (--name value, --name=value, -x value), the words
 * after -o (name=value,…), fstab, the environment (RDBFS_NAME=value), the configuration file,
 * --help and the completions.
 *
 * To add one: a member in struct rdb_settings, a line in the table, a word in the man page and
 * in the completions (a test compares them).
 */
#ifndef RDB_CMD_OPTIONS_H
#define RDB_CMD_OPTIONS_H

#include "base/err.h"
#include "cmd/settings.h"

/* The defaults. */
void rdb_settings_init(struct rdb_settings *settings);
void rdb_settings_free(struct rdb_settings *settings);

size_t rdb_options_count(void);
const struct rdb_option *rdb_options_at(size_t i);

/* By name; "_" and "-" are the same, since libfuse's own are written with "_". NULL: none. */
const struct rdb_option *rdb_options_find(const char *name, size_t len);

/*
 * Sets an option; value NULL: a flag without one. One that is given twice: the later counts,
 * but what comes from further up (configuration below command line) never overrides.
 * 0, -EINVAL with words, -ENOMEM.
 */
int rdb_option_set(const struct rdb_option *option, const char *value, enum rdb_origin origin,
	struct rdb_settings *settings, struct rdb_err *err);

/* Frees its value and forgets that it was given. */
void rdb_option_reset(const struct rdb_option *option, struct rdb_settings *settings);

/* Whether a command has an option. */
bool rdb_option_is_for(const struct rdb_option *option, enum rdb_command_id command);

/* Where an option's value comes from. */
enum rdb_origin rdb_option_origin(const struct rdb_option *option, const struct rdb_settings *s);

/*
 * Reads arguments (without the program's and the command's name). What is no option is added to
 * settings->args. 0, -EINVAL with words, -ENOMEM.
 */
int rdb_options_parse(enum rdb_command_id command, int argc, const char *const argv[],
	struct rdb_settings *settings, struct rdb_err *err);

/*
 * Reads what the environment says of a command's options: RDBFS_NAME for each, in capitals and with
 * "_" for "-", and RETHINKDB_HOSTNAME, RETHINKDB_DRIVER_PORT and RETHINKDB_USER as the official
 * tools do, which RDBFS_… overrides. Elements of a list are separated by commas or white space. An
 * empty variable is one that isn't set. RDBFS_PASSWORD is removed from the environment.
 * 0, -EINVAL with words that name the variable, -ENOMEM.
 */
int rdb_options_environment(
	enum rdb_command_id command, struct rdb_settings *settings, struct rdb_err *err);

/*
 * Reads the words of one -o: name, name=value, separated by commas; "\" takes the next byte as
 * it is, but for "\t" as a delimiter. fstab's own words and the ones that make no difference (rw,
 * ro, noauto, x-…) are ignored; libfuse's are kept in settings->fuse_words, as they were written.
 * 0, -EINVAL with words, -ENOMEM.
 */
int rdb_options_words(const char *words, struct rdb_settings *settings, struct rdb_err *err);

#endif
