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
 * Determines whether an archive is nested. This is so if the first regular file in the archive is
 * an archive, or if the content of the archive is compressed again. Decodes the first 64 KiB. In an
 * uncompressed archive, reads each header. Returns 1 if the archive is nested, and describes the
 * inner archive in *out. Returns 0 if the archive is not nested, or if this cannot be determined.
 * Returns -ENOMEM if memory is exhausted.
 */
int rdb_nest_detect(struct rdb_source *source, enum rdb_format format, struct rdb_nest *out);

#endif
