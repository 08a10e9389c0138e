/* Determines the kind of a file by its first bytes. The file's name does not matter. All functions
 * are thread-safe. */
#ifndef RDB_FORMAT_RECOGNISE_H
#define RDB_FORMAT_RECOGNISE_H

#include "base/err.h"
#include "io/source.h"

#include <stdbool.h>
#include <stddef.h>

#define RDB_RECOGNISE_HEAD 512 /* bytes that are examined */

/* Returns the kind of a file that rdbfs cannot read, with advice: "a zip file: unpack it". Returns
 * NULL for an unknown kind. The text is static. */
const char *rdb_recognise_foreign(const void *head, size_t len);

/*
 * Finds out whether the source is a tar archive, plain or compressed once or twice. If not, stores
 * the result of rdb_recognise_foreign() in *foreign.
 * Returns:
 *   0        *is_archive has the answer
 *   -ENOMEM  memory is exhausted
 *   other    an error of rdb_source_pread()
 */
int rdb_recognise(
	struct rdb_source *source, bool *is_archive, const char **foreign, struct rdb_err *err);

/* Returns 0 if the source is an archive, -EINVAL if the source is another file, or an error of
 * rdb_recognise(). The text for -EINVAL begins with "name", and ends with the result of
 * rdb_recognise_foreign(), or with "advice" if that result is NULL. "advice" may be NULL. */
int rdb_recognise_check(
	struct rdb_source *source, const char *name, const char *advice, struct rdb_err *err);

#endif
