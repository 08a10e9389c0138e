/* Spans: the content between two checkpoints of an archive that stores a CRC-32 for each. A struct
 * rdb_span follows a decoder, and determines when decoded content may be served. */
#ifndef RDB_INDEX_SPAN_H
#define RDB_INDEX_SPAN_H

#include "index/index.h"

/* The content between two checkpoints, while a decoder decodes it. At the end, the content's CRC is
 * compared with the expected CRC. */
struct rdb_span {
	uint64_t start; /* offset in the content */
	uint64_t end;   /* offset in the content; 0 if there is no span */
	uint32_t expected;
	uint32_t crc; /* CRC of the bytes added so far */
};

/* Starts to verify the content from "checkpoint" up to the next checkpoint. The decoder must be at
 * "checkpoint". */
void rdb_span_enter(struct rdb_span *span, const struct rdb_checkpoint *checkpoint);

/* Returns the number of bytes from the offset to the end of the span. At or after the end, returns
 * UINT64_MAX, because the span then sets no limit. */
uint64_t rdb_span_left(const struct rdb_span *span, uint64_t offset);

/* Returns true if a decoder at "offset" has decoded only a part of the span. The decoded part is
 * unverified, because the CRC covers the whole span. */
bool rdb_span_is_open(const struct rdb_span *span, uint64_t offset);

/* Adds len decoded bytes, which begin at "offset", to the span's CRC. At the end of the span, the
 * next span begins. Returns 0, or -EILSEQ if an ended span's CRC is wrong. Later bytes are then
 * unchecked until rdb_span_enter(). */
int rdb_span_feed(struct rdb_span *span, struct rdb_index *index, uint64_t offset, const void *data,
	size_t len);

/* Returns the end of the span that contains the byte before "offset", or 0 if no span contains this
 * byte. The caller must decode up to this end to verify the content before "offset". */
uint64_t rdb_span_end(struct rdb_index *index, uint64_t offset);

#endif
