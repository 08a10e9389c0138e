/*
 * Settings in the AWS configuration files, ~/.aws/credentials and ~/.aws/config, and in environment
 * variables. All functions are thread-safe.
 */
#ifndef RDB_S3_PROFILE_H
#define RDB_S3_PROFILE_H

#include "base/err.h"

#include <stddef.h>

#define RDB_PROFILE_FILE_MAX 1048576 /* bytes */

/* Returns a setting in one section of an AWS settings file, or NULL if the setting is missing or
 * memory is short. The caller frees the value with rdb_vault_free(). If "prefixed" is not 0, the
 * section's header may be "[profile SECTION]". */
char *rdb_profile_find(
	const char *text, size_t len, const char *section, int prefixed, const char *name);

/* Returns the value of an environment variable, or NULL if the variable is unset or empty. */
const char *rdb_profile_variable(const char *name);

/*
 * Searches the current AWS profile for the setting "name". The caller frees *out with
 * rdb_vault_free().
 * Returns:
 *   0        *out is the value, or NULL if the profile lacks the setting
 *   -EINVAL  a settings file is unreadable or too large
 *   -ENOMEM  memory is exhausted
 */
int rdb_profile_get(const char *name, char **out, struct rdb_err *err);

#endif
