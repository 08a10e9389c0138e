/*
 * Settings in the AWS configuration files, ~/.aws/credentials and ~/.aws/config, and in environment
 * variables. All functions are thread-safe.
 */
#ifndef RDB_S3_PROFILE_H
#define RDB_S3_PROFILE_H

#include "base/err.h"

#include <stddef.h>

#define RDB_PROFILE_FILE_MAX 1048576 /* bytes */

/* Searches one section of an AWS settings file for the setting "name". "text" is the text of the
 * file. Returns a copy of the value, which the caller frees with rdb_vault_free(). Returns NULL if
 * the setting is missing or memory is short. If "prefixed" is not 0, the section's header may also
 * be "[profile SECTION]". */
char *rdb_profile_find(
	const char *text, size_t len, const char *section, int prefixed, const char *name);

/* Returns the value of an environment variable, or NULL if the variable is unset or empty. */
const char *rdb_profile_variable(const char *name);

/* Searches the current AWS profile for the setting "name". Stores the value in *out; the caller
 * frees the value with rdb_vault_free(). If the profile does not have the setting, stores NULL and
 * returns 0. Returns -ENOMEM, or -EINVAL if a settings file is unreadable or too large. */
int rdb_profile_get(const char *name, char **out, struct rdb_err *err);

#endif
