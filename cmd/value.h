/* Values of options: as text, and what owns memory of them. Not thread-safe (users and groups are
 * looked up). */
#ifndef RDB_CMD_VALUE_H
#define RDB_CMD_VALUE_H

#include "base/err.h"
#include "cmd/option.h"

/*
 * Reads a value and puts it where the option's kind says; value NULL: none was given, which only
 * a flag takes (also yes, no, true, false, 1, 0). 0, -EINVAL with words, -ENOMEM.
 */
int rdb_value_set(
	const struct rdb_option *option, const char *value, void *out, struct rdb_err *err);

/* Only whether it could be set. */
int rdb_value_check(const struct rdb_option *option, const char *value, struct rdb_err *err);

/* Appends a copy of len bytes. 0 or -ENOMEM. */
int rdb_list_add(struct rdb_list *list, const char *text, size_t len);
void rdb_list_free(struct rdb_list *list);

/* Wipes it. */
void rdb_secret_free(struct rdb_secret *secret);

#endif
