/* Decoders of archives in any supported compression. In gzip and plain archives, decoding can start
 * at positions that the index has recorded. zstd, xz, bzip2 and lz4, which libarchive decodes
 * inside this process, are decoded only from the start. */
#ifndef RDB_FORMAT_DECODER_H
#define RDB_FORMAT_DECODER_H

#include "format/compression.h"
#include "gz/decoder_ops.h"

/* Opens a decoder. Returns 0, -ENOMEM, or -ENOTSUP if libarchive does not support the format. */
int rdb_decoder_open(struct rdb_source *source, enum rdb_format format, struct rdb_decoder **out,
	struct rdb_err *err);

/* The operations member(), crc() and garbage() of struct rdb_decoder_ops for formats other than
 * gzip. Only gzip data consists of members, so rdb_decoder_no_member() returns 0, and the two other
 * functions return false. */
uint64_t rdb_decoder_no_member(const struct rdb_decoder *decoder);
bool rdb_decoder_no_crc(const struct rdb_decoder *decoder, uint32_t *out);
bool rdb_decoder_no_garbage(const struct rdb_decoder *decoder);

#endif
