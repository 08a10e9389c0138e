/*
 * A decoder of an inner archive (format/nest.h). The content of the outer archive is the source of
 * the inner decoder. A saved state contains the states of both decoders. Threads: the same rules as
 * for decoders.
 */
#ifndef RDB_FORMAT_NESTED_DECODER_H
#define RDB_FORMAT_NESTED_DECODER_H

#include "format/nest.h"

/* Opens a decoder of the inner archive's content. Returns 0, or an error of rdb_decoder_open(). */
int rdb_nest_open(struct rdb_source *source, const struct rdb_nest *nest, struct rdb_decoder **out,
	struct rdb_err *err);

#endif
