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

#include "cmd/option.h"

size_t rdb_options_count(void);
const struct rdb_option *rdb_options_at(size_t i);

/* Finds an option by its name, in which "_" counts as "-". Returns NULL if there is no such option.
 */
const struct rdb_option *rdb_options_find(const char *name, size_t len);

/* Returns the documented option whose name is most similar to a mistyped name, or NULL. At least
 * one of "commands" must accept the option, and all of "places" must allow the option. Both are
 * sets of bits, as in struct rdb_option. */
const struct rdb_option *rdb_options_meant(
	const char *name, size_t len, unsigned commands, unsigned places);

/* Returns the option with this letter that one of the commands accepts, or NULL if there is no such
 * option. "commands" is a set of the bits 1 << enum rdb_command_id. */
const struct rdb_option *rdb_options_find_letter(char letter, unsigned commands);

/* Returns an option's index in the table of all options. The option's element in the array
 * "origins" of struct rdb_settings has the same index. */
size_t rdb_options_index(const struct rdb_option *option);

#endif
