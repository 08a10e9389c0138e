/*
 * Decoder of an archive inside another one (format/nest.h): the outer archive's content is the
 * source of the inner decoder. Its state is that of both. Threads: as for decoders.
 */
#ifndef RDB_FORMAT_NESTED_DECODER_H
#define RDB_FORMAT_NESTED_DECODER_H

#include "format/nest.h"

/* Opens a decoder of the inner archive's content. Returns 0, or an error of rdb_decoder_open(). */
int rdb_nest_open(struct rdb_source *source, const struct rdb_nest *nest, struct rdb_decoder **out,
	struct rdb_err *err);

#endif
