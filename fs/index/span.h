/* Spans: the content between two checkpoints of an archive that stores a CRC-32 for each. A struct
 * rdb_span follows a decoder, and determines when decoded content may be served. */
#ifndef RDB_INDEX_SPAN_H
#define RDB_INDEX_SPAN_H

#include "index/index.h"

/* The range of the decompressed content that a decoder is decoding. A range extends from one
 * checkpoint (a position at which decoding can start) to the next checkpoint. When the decoder
 * reaches the range's end, the CRC of the range's bytes is compared with the expected CRC. */
struct rdb_span {
	uint64_t start; /* offset in the content */
	uint64_t end;   /* offset in the content; 0 if there is no span */
	uint32_t expected;
	uint32_t crc; /* CRC of the bytes added so far */
};

/* Starts to verify the content from "checkpoint" up to the next checkpoint. The decoder must be at
 * "checkpoint". */
void rdb_span_enter(struct rdb_span *span, const struct rdb_checkpoint *checkpoint);

/* Returns the number of bytes from the offset to the end of the span. Returns UINT64_MAX if the
 * offset is at or after the end, because the span then does not limit how many bytes may be
 * decoded. */
uint64_t rdb_span_left(const struct rdb_span *span, uint64_t offset);

/* Returns true if bytes before the offset are decoded but not verified yet, because the range that
 * their CRC covers has not ended. */
bool rdb_span_is_open(const struct rdb_span *span, uint64_t offset);

/* Continues the CRC of the span with len decoded bytes, which begin at "offset". The span ends at
 * the next checkpoint. Returns 0, or -EILSEQ if the span has ended and its CRC is wrong. After
 * -EILSEQ, bytes are not checked until the caller calls rdb_span_enter(). */
int rdb_span_feed(struct rdb_span *span, struct rdb_index *index, uint64_t offset, const void *data,
	size_t len);

/* Returns the end of the span (a range with its own checksum) that contains the byte before
 * "offset". The caller must decode up to this end to verify all content before "offset". Returns 0
 * if no span contains this byte. */
uint64_t rdb_span_end(struct rdb_index *index, uint64_t offset);

#endif
