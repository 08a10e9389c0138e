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

/* Operations of decoders for formats that have no gzip members. */
uint64_t rdb_decoder_no_member(const struct rdb_decoder *decoder);
bool rdb_decoder_no_crc(const struct rdb_decoder *decoder, uint32_t *out);
bool rdb_decoder_no_garbage(const struct rdb_decoder *decoder);

#endif
