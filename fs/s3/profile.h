/*
 * Readers of the AWS configuration files, ~/.aws/credentials and ~/.aws/config: sections in
 * brackets, "name = value" lines, comments. Thread-safe.
 */
#ifndef RDB_S3_PROFILE_H
#define RDB_S3_PROFILE_H

#include "base/err.h"

#include <stddef.h>

#define RDB_PROFILE_FILE_MAX 1048576 /* bytes */

/*
 * Returns the value of name in a section, copied into secret memory (base/vault.h). If sections
 * repeat, the last value counts. prefixed: the section's header may be "profile NAME". NULL: not
 * found, or out of memory.
 */
char *rdb_profile_find(
	const char *text, size_t len, const char *section, int prefixed, const char *name);

/*
 * Finds the value of name in the current profile (AWS_PROFILE, else "default"): in the credentials
 * file, else in the config file. *out: secret memory, or NULL if neither has the value.
 *   -EINVAL  a file cannot be read, or is too large
 *   -ENOMEM
 */
int rdb_profile_get(const char *name, char **out, struct rdb_err *err);

#endif
