/*
 * Settings in the AWS configuration files, ~/.aws/credentials and ~/.aws/config, and in environment
 * variables. All functions are thread-safe.
 */
#ifndef RDB_S3_PROFILE_H
#define RDB_S3_PROFILE_H

#include "base/err.h"

#include <stddef.h>

#define RDB_PROFILE_FILE_MAX 1048576 /* bytes */

/* Returns a setting's value in a section, in secret memory, or NULL if it is missing or memory is
 * short. "prefixed" also accepts the header "profile SECTION". */
char *rdb_profile_find(
	const char *text, size_t len, const char *section, int prefixed, const char *name);

/* Returns the value of an environment variable, or NULL if the variable is unset or empty. */
const char *rdb_profile_variable(const char *name);

/* Stores in *out a setting of the current AWS profile, in secret memory, or NULL. Returns 0,
 * -ENOMEM, or -EINVAL if a file is unreadable or too large. */
int rdb_profile_get(const char *name, char **out, struct rdb_err *err);

#endif
