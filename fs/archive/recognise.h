/* What a file of any name is, by its first bytes. Thread-safe. */
#ifndef RDB_ARCHIVE_RECOGNISE_H
#define RDB_ARCHIVE_RECOGNISE_H

#include "base/err.h"
#include "base/source.h"

#include <stdbool.h>
#include <stddef.h>

#define RDB_RECOGNISE_HEAD 512 /* bytes that tell all that can be told */

/*
 * What something that is no archive is instead, and what to do: "encrypted with age: decrypt it
 * first", "a zip file: unpack it". Static text; NULL: unknown. Bytes behind the first
 * RDB_RECOGNISE_HEAD do not count.
 */
const char *rdb_recognise_foreign(const void *head, size_t len);

/*
 * Whether a source is a tar archive, plain or compressed, also twice. Reads and decompresses a few
 * KiB. *foreign: as above where it is not, also of what was compressed.
 * 0, or what reading says. Content that cannot be decompressed is no archive.
 */
int rdb_recognise(
	struct rdb_source *source, bool *is_archive, const char **foreign, struct rdb_err *err);

#endif
