/*
 * Readers of the AWS configuration files, ~/.aws/credentials and ~/.aws/config. The files have
 * sections in brackets, lines of the form "name = value", and comments. All functions are
 * thread-safe.
 */
#ifndef RDB_S3_PROFILE_H
#define RDB_S3_PROFILE_H

#include "base/err.h"

#include <stddef.h>

#define RDB_PROFILE_FILE_MAX 1048576 /* bytes */

/*
 * Returns the last value of a setting in a section, in secret memory (base/vault.h). If "prefixed"
 * is true, the section's header may be "profile SECTION". Returns NULL if there is no value or
 * memory is short.
 */
char *rdb_profile_find(
	const char *text, size_t len, const char *section, int prefixed, const char *name);

/* Returns the value of an environment variable, or NULL if the variable is unset or empty. */
const char *rdb_profile_variable(const char *name);

/*
 * Stores in *out the value of a setting of the current AWS profile, in secret memory, or NULL if
 * the setting is missing. The profile is AWS_PROFILE or "default". A value in the credentials file
 * overrides a value in the config file. Returns 0, -ENOMEM, or -EINVAL if a file is unreadable or
 * too large.
 */
int rdb_profile_get(const char *name, char **out, struct rdb_err *err);

#endif
