/*
 * Spans: the content between two checkpoints of an archive that stores a CRC-32 for each (embed.h).
 * One struct rdb_span follows one decoder and determines when decoded content may be served.
 *
 * Threads: no shared state.
 */
#ifndef RDB_INDEX_SPAN_H
#define RDB_INDEX_SPAN_H

#include "index/index.h"

/* The decoder's current span. Zero-initialised: none, so nothing is checked. */
struct rdb_span {
	uint64_t start; /* offset in the content */
	uint64_t end;   /* offset; 0: no span */
	uint32_t expected;
	uint32_t crc; /* so far */
};

/* Starts checking at a checkpoint, which is the decoder's position. */
void rdb_span_enter(struct rdb_span *span, const struct rdb_checkpoint *checkpoint);

/* Bytes from offset to the end of the span; UINT64_MAX outside of spans. */
uint64_t rdb_span_left(const struct rdb_span *span, uint64_t offset);

/* Returns whether the checksum of content before offset, the decoder's position, is still to be
 * checked. */
bool rdb_span_is_open(const struct rdb_span *span, uint64_t offset);

/*
 * Adds len decoded bytes, which begin at offset of the content.
 *   -EILSEQ  the span, whose bounds stay readable, differs from what was written. Later spans are
 *            not checked before the next rdb_span_enter().
 */
int rdb_span_feed(struct rdb_span *span, struct rdb_index *index, uint64_t offset, const void *data,
	size_t len);

/* Returns the offset up to which the content must be decoded to check the byte before offset; 0: no
 * span holds that byte. */
uint64_t rdb_span_end(struct rdb_index *index, uint64_t offset);

#endif
