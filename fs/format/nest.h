/*
 * Archives inside another archive. For example, metal-stack's sidecar packs
 * backup/rethinkdb.tar.gz into a .tar, .tar.gz or .tar.lz4, and some files are compressed twice.
 * One level of nesting is supported. The inner archive is decoded directly from the content of the
 * outer archive, without a copy on disk.
 *
 * Threads: the same rules as for decoders (format/decoder.h).
 */
#ifndef RDB_FORMAT_NEST_H
#define RDB_FORMAT_NEST_H

#include "format/nested_decoder.h"

/*
 * Determines whether an archive is nested. An archive is nested if its first regular file is
 * another archive, or if the whole archive was compressed twice. Reads the first 64 KiB of the
 * content, or all headers of an uncompressed archive. Returns 1 and describes the inner archive in
 * *out. Returns 0 if the archive is not nested or this cannot be determined. Returns -ENOMEM if
 * memory is exhausted.
 */
int rdb_nest_detect(struct rdb_source *source, enum rdb_format format, struct rdb_nest *out);

#endif
