/*
 * Spans. A span is the content between two checkpoints of an archive that stores a CRC-32 for each
 * span (embed.h). A struct rdb_span follows a decoder, and determines when decoded content may be
 * served.
 *
 * Threads: no shared state.
 */
#ifndef RDB_INDEX_SPAN_H
#define RDB_INDEX_SPAN_H

#include "index/index.h"

/* The range of the decompressed content in which the decoder is. When the decoder reaches the end
 * of the range, the CRC of the range's bytes is verified. If the struct is zeroed, there is no such
 * range, and no bytes are verified. */
struct rdb_span {
	uint64_t start; /* offset in the content */
	uint64_t end;   /* offset in the content; 0 if there is no span */
	uint32_t expected;
	uint32_t crc; /* CRC of the bytes added so far */
};

/* Starts to verify the span that begins at the given checkpoint. A checkpoint is a position at
 * which decoding can begin. A span is the content between two successive checkpoints, and the
 * archive stores a CRC for it. The decoder must be at the checkpoint. The bytes passed to
 * rdb_span_feed() from now on are verified against this CRC. */
void rdb_span_enter(struct rdb_span *span, const struct rdb_checkpoint *checkpoint);

/* Returns the number of bytes from the offset to the end of the span, or UINT64_MAX if the offset
 * is at or after the end. */
uint64_t rdb_span_left(const struct rdb_span *span, uint64_t offset);

/* Returns true if the decoder's position "offset" is inside the span (a range of the content with
 * one CRC). The bytes from the span's start to this position are then decoded, but not verified
 * yet, because the CRC can be compared only at the span's end. */
bool rdb_span_is_open(const struct rdb_span *span, uint64_t offset);

/*
 * Adds len decoded bytes, which begin at the content offset, to the CRC of the span (range with its
 * own checksum). Returns 0, or -EILSEQ if the span ends in these bytes and its CRC is wrong. After
 * -EILSEQ, no bytes are checked until the next rdb_span_enter().
 */
int rdb_span_feed(struct rdb_span *span, struct rdb_index *index, uint64_t offset, const void *data,
	size_t len);

/* A span has a single checksum, so that only whole spans can be verified. A caller that needs the
 * content up to "offset" must therefore decode to the end of the span that contains the last byte
 * before "offset". Returns this end, or 0 if no span contains that byte. */
uint64_t rdb_span_end(struct rdb_index *index, uint64_t offset);

#endif
