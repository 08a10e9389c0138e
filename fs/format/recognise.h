/* Determines the kind of a file by its first bytes, whatever its name. Thread-safe. */
#ifndef RDB_FORMAT_RECOGNISE_H
#define RDB_FORMAT_RECOGNISE_H

#include "base/err.h"
#include "base/source.h"

#include <stdbool.h>
#include <stddef.h>

#define RDB_RECOGNISE_HEAD 512 /* bytes that are examined */

/*
 * Returns the name of a foreign kind and advice: "encrypted with age: decrypt it first", "a zip
 * file: unpack it". Static text; NULL: unknown. Bytes behind the first RDB_RECOGNISE_HEAD do not
 * count.
 */
const char *rdb_recognise_foreign(const void *head, size_t len);

/*
 * Determines whether a source is a tar archive, plain or compressed, also twice. Reads and
 * decompresses a few KiB. *foreign: name of the kind if it is not, also of compressed content.
 * Returns 0, or the error of the read. Content that cannot be decompressed is not an archive.
 */
int rdb_recognise(
	struct rdb_source *source, bool *is_archive, const char **foreign, struct rdb_err *err);

#endif
