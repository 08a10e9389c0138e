/* Conversion of option values from text, and functions for lists of texts. Not thread-safe, because
 * getpwnam() and getgrnam() are not. */
#ifndef RDB_CMD_VALUE_H
#define RDB_CMD_VALUE_H

#include "base/err.h"
#include "cmd/option.h"

/*
 * Parses "value" into *out, whose type depends on the option. For a flag, NULL means yes. For a
 * secret, NULL means that the user will be asked for the secret.
 * Returns:
 *   0        *out is set
 *   -EINVAL  the value is invalid or missing
 *   -ENOMEM  memory is exhausted
 */
int rdb_value_set(
	const struct rdb_option *option, const char *value, void *out, struct rdb_err *err);

/* Checks that a value is valid for the option, without storing the value. */
int rdb_value_check(const struct rdb_option *option, const char *value, struct rdb_err *err);

/* Appends a copy of the first "len" bytes of "text" to the list. Returns 0 or -ENOMEM. */
int rdb_list_add(struct rdb_list *list, const char *text, size_t len);
void rdb_list_free(struct rdb_list *list);

/* Overwrites and frees the secret. */
void rdb_secret_free(struct rdb_secret *secret);

#endif
