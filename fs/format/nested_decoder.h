/*
 * A decoder of an inner archive (format/nest.h). The content of the outer archive is the source of
 * the inner decoder. A saved state contains the states of both decoders. Threads: the same rules as
 * for decoders.
 */
#ifndef RDB_FORMAT_NESTED_DECODER_H
#define RDB_FORMAT_NESTED_DECODER_H

#include "format/decoder.h"
#include "format/tar.h"

#define RDB_NEST_TO_END UINT64_MAX

struct rdb_nest {
	enum rdb_format outer; /* format of the outer archive */
	enum rdb_format inner;
	uint64_t offset; /* offset of the inner archive in the outer content */
	uint64_t size;   /* bytes of the inner archive, or RDB_NEST_TO_END */
};

/* Returns the offset, in the content of the outer archive, at which the inner archive (a tar
 * member) ends and the next tar header begins. */
static inline uint64_t rdb_nest_end(const struct rdb_nest *nest)
{
	return nest->offset + nest->size + rdb_tar_padding(nest->size);
}

/* Opens a decoder of the content of an inner archive, which is an archive inside the outer archive
 * "source". *nest describes both archives. Returns 0, or an error of rdb_decoder_open(). */
int rdb_nest_open(struct rdb_source *source, const struct rdb_nest *nest, struct rdb_decoder **out,
	struct rdb_err *err);

#endif
