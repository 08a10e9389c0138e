/*
 * The AWS configuration files, ~/.aws/credentials and ~/.aws/config: sections in brackets, "name =
 * value" lines, comments. Thread-safe.
 */
#ifndef RDB_S3_PROFILE_H
#define RDB_S3_PROFILE_H

#include "base/err.h"

#include <stddef.h>

#define RDB_PROFILE_FILE_MAX 1048576 /* bytes */

/*
 * The value of name in a section, copied into secret memory (base/vault.h); of several sections of
 * one name the last value counts. prefixed: a section may be called "profile NAME" too. NULL:
 * there is none, or no memory.
 */
char *rdb_profile_find(
	const char *text, size_t len, const char *section, int prefixed, const char *name);

/*
 * The value of name in the present profile (AWS_PROFILE, else "default"), from the credentials
 * file or else the config file. *out: secret memory, or NULL where neither has it.
 *   -EINVAL  a file cannot be read, or is too large
 *   -ENOMEM
 */
int rdb_profile_get(const char *name, char **out, struct rdb_err *err);

#endif
