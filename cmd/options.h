/*
 * The options. One table is used for the command line (--name value, --name=value, -x value), the
 * words after -o (name=value,…), fstab, the environment (RDBFS_NAME=value), the configuration
 * file, --help and the completions.
 *
 * A new option needs a member in struct rdb_settings, a line in the table, and an entry in the man
 * page and in the completions. A test checks this.
 */
#ifndef RDB_CMD_OPTIONS_H
#define RDB_CMD_OPTIONS_H

#include "base/err.h"
#include "cmd/settings.h"

/* Sets all values to their defaults. */
void rdb_settings_init(struct rdb_settings *settings);
void rdb_settings_free(struct rdb_settings *settings);

size_t rdb_options_count(void);
const struct rdb_option *rdb_options_at(size_t i);

/* Finds an option by its name. "_" equals "-", since libfuse's own options are written with "_".
 * Returns NULL if there is no such option. */
const struct rdb_option *rdb_options_find(const char *name, size_t len);

/*
 * Sets an option. value is NULL for a flag without a value. A later value replaces an earlier
 * value, but a lower origin (configuration) never overrides a higher origin (command line). Returns
 * 0, -ENOMEM, or -EINVAL with a message.
 */
int rdb_option_set(const struct rdb_option *option, const char *value, enum rdb_origin origin,
	struct rdb_settings *settings, struct rdb_err *err);

/* Frees an option's value, and marks the option as not given. */
void rdb_option_reset(const struct rdb_option *option, struct rdb_settings *settings);

bool rdb_option_is_for(const struct rdb_option *option, enum rdb_command_id command);

/* Returns the origin of an option's value. */
enum rdb_origin rdb_option_origin(const struct rdb_option *option, const struct rdb_settings *s);

/*
 * Reads the arguments after the names of the program and the command. Arguments that are not
 * options are appended to settings->args. Returns 0, -ENOMEM, or -EINVAL with a message.
 */
int rdb_options_parse(enum rdb_command_id command, int argc, const char *const argv[],
	struct rdb_settings *settings, struct rdb_err *err);

/*
 * Reads a command's options from the environment. The variable of an option is RDBFS_NAME, in
 * capitals and with "_" for "-". RETHINKDB_HOSTNAME, RETHINKDB_DRIVER_PORT and RETHINKDB_USER of
 * the official tools are read too, and RDBFS_NAME overrides them. Elements of a list are separated
 * by commas or white space. An empty variable counts as not set. Removes RDBFS_PASSWORD from the
 * environment. Returns 0, -ENOMEM, or -EINVAL with a message.
 */
int rdb_options_environment(
	enum rdb_command_id command, struct rdb_settings *settings, struct rdb_err *err);

/*
 * Reads the argument of an option -o, which is a list of name or name=value, separated by commas.
 * "\" quotes the next byte, except in the delimiter "\t". Words of fstab and words without effect
 * (rw, ro, noauto, x-…) are ignored. Words of libfuse are stored in settings->fuse_words, with
 * their backslashes. Returns 0, -ENOMEM, or -EINVAL with a message.
 */
int rdb_options_words(const char *words, struct rdb_settings *settings, struct rdb_err *err);

#endif
