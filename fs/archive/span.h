/*
 * Whether what a decoder gives is what an archive's writer put in: the CRC of the content between
 * two checkpoints, where the archive brings one along (embed.h). Each decoder has a check of its
 * own, which follows it; no thread-safety.
 */
#ifndef RDB_ARCHIVE_SPAN_H
#define RDB_ARCHIVE_SPAN_H

#include "archive/index.h"

/* Zero-initialised: nothing is checked. */
struct rdb_span {
	uint64_t start; /* offsets of the content between which the CRC is of */
	uint64_t end;   /* 0: nothing is checked */
	uint32_t expected;
	uint32_t crc; /* so far */
};

/* The decoder enters at the checkpoint. */
void rdb_span_enter(struct rdb_span *span, const struct rdb_checkpoint *checkpoint);

/*
 * The decoder has given len bytes more, which begin at offset.
 *   -EILSEQ  the span, which says where it is, is not what was written. The next ones aren't
 *            checked.
 */
int rdb_span_feed(struct rdb_span *span, struct rdb_index *index, uint64_t offset, const void *data,
	size_t len);

/* Up to where the content must be decoded until the byte before offset has been checked; 0: it
 * can't be. */
uint64_t rdb_span_end(struct rdb_index *index, uint64_t offset);

#endif
