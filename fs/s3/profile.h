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
 * Returns the last value of a setting in a section, copied into secret memory (base/vault.h). If
 * "prefixed" is true, the section's header may be "profile NAME". Returns NULL if there is no value
 * or memory is exhausted.
 */
char *rdb_profile_find(
	const char *text, size_t len, const char *section, int prefixed, const char *name);

/*
 * Stores in *out the value of a setting in the current profile (AWS_PROFILE or "default"), in
 * secret memory, or NULL. The credentials file precedes the config file. Returns 0, -ENOMEM, or
 * -EINVAL if a file cannot be read or is too large.
 */
int rdb_profile_get(const char *name, char **out, struct rdb_err *err);

#endif
