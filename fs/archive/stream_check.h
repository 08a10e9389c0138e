/*
 * Compares the content that a stream decodes with the checksums in the index. The index has
 * checksums from the scan, at the ends of tables and at checkpoints (positions at which decoding
 * can begin). It also has checksums of spans (the ranges between two checkpoints) from the archive.
 * The thread that uses the stream calls these functions.
 */
#ifndef RDB_ARCHIVE_STREAM_CHECK_H
#define RDB_ARCHIVE_STREAM_CHECK_H

#include "archive/stream_private.h"

/* Offset of the decoder in the content, and the CRC of the current gzip member up to this offset.
 */
struct rdb_stream_sum {
	bool known;
	uint32_t crc;
	uint64_t member;
	uint64_t at;
};

struct rdb_stream_sum rdb_stream_sum_of(const struct rdb_stream *stream);

/* Verifies a decoded block by the checksums in the index. *before is the decoder's position at the
 * start of the block. Returns 0, or -EIO if a checksum is wrong; the caller must then distrust all
 * content of the stream. */
int rdb_stream_check_indexed(const struct rdb_stream *stream, const struct rdb_stream_sum *before,
	const char *data, struct rdb_err *err);

/* Adds len decoded bytes to the checksum of the current span (range with its own checksum).
 * "offset" is the offset of these bytes in the content. When a span is complete, compares its
 * checksum. Returns 0, or -EIO if the checksum is wrong. */
int rdb_stream_check_span(struct rdb_stream *stream, uint64_t offset, const void *data, size_t len,
	struct rdb_err *err);

#endif
