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

/* Stores in *is_archive whether the source is a tar archive, plain or compressed once or twice. If
 * the source is no archive, *foreign is the result of rdb_recognise_foreign(). Returns 0 in both
 * cases, -ENOMEM, or an error of rdb_source_pread(). */
int rdb_recognise(
	struct rdb_source *source, bool *is_archive, const char **foreign, struct rdb_err *err);

#endif
