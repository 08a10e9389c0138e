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

#include "format/decoder.h"
#include "format/tar.h"

#define RDB_NEST_TO_END UINT64_MAX

struct rdb_nest {
	enum rdb_format outer; /* format of the outer archive */
	enum rdb_format inner;
	uint64_t offset; /* offset of the inner archive in the outer content */
	uint64_t size;   /* bytes of the inner archive, or RDB_NEST_TO_END */
};

/*
 * Determines whether the first regular file in an archive is an archive, or the archive's content
 * is compressed again. Decodes the first 64 KiB. In an uncompressed archive, reads each header.
 * Returns
 *   1 if the archive is nested; out describes the inner archive;
 *   0 if the archive is not nested, or the function cannot determine this;
 *   -ENOMEM.
 */
int rdb_nest_detect(struct rdb_source *source, enum rdb_format format, struct rdb_nest *out);

/* Returns the offset in the outer content of the header behind the inner archive. */
static inline uint64_t rdb_nest_end(const struct rdb_nest *nest)
{
	return nest->offset + nest->size + rdb_tar_padding(nest->size);
}

#endif
