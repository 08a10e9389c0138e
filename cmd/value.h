/* Values of options as text. Not thread-safe (users and groups are looked up). */
#ifndef RDB_CMD_VALUE_H
#define RDB_CMD_VALUE_H

#include "cmd/options.h"

/*
 * Reads a value and puts it where the option's kind says; value NULL: none was given, which only
 * a flag takes (also yes, no, true, false, 1, 0). 0, -EINVAL with words, -ENOMEM.
 */
int rdb_value_set(
	const struct rdb_option *option, const char *value, void *out, struct rdb_err *err);

/* Only whether it could be set. */
int rdb_value_check(const struct rdb_option *option, const char *value, struct rdb_err *err);

#endif
