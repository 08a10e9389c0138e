/*
 * An archive inside another one: metal-stack's sidecar packs backup/rethinkdb.tar.gz into a .tar,
 * .tar.gz or .tar.lz4, and some files are compressed twice. One level is supported: the content is
 * that of the inner archive, decoded from the outer one's content without a copy on disk.
 *
 * Threads: as for decoders (format/decoder.h).
 */
#ifndef RDB_FORMAT_NEST_H
#define RDB_FORMAT_NEST_H

#include "format/decoder.h"
#include "format/tar.h"

#define RDB_NEST_TO_END UINT64_MAX

struct rdb_nest {
	enum rdb_format outer; /* format of the source */
	enum rdb_format inner;
	uint64_t offset; /* offset of the inner archive in the outer content */
	uint64_t size;   /* bytes of it; RDB_NEST_TO_END: up to the end of the content */
};

/*
 * Determines whether the first regular file of an archive is an archive, or the archive's content
 * is compressed again. Reads and decodes the first 64 KiB; of an uncompressed archive, each header.
 * Returns
 *   1        nested; out describes the inner archive
 *   0        not nested, or that can't be determined
 *   -ENOMEM
 */
int rdb_nest_detect(struct rdb_source *source, enum rdb_format format, struct rdb_nest *out);

/* Returns the offset in the outer content where a member behind the inner archive begins. */
static inline uint64_t rdb_nest_end(const struct rdb_nest *nest)
{
	return nest->offset + nest->size + rdb_tar_padding(nest->size);
}

#endif
