/* What one stream (stream.c), the cache of streams (stream_cache.c) and decoding ahead
 * (stream_ahead.c) share. */
#ifndef RDB_ARCHIVE_STREAM_PRIVATE_H
#define RDB_ARCHIVE_STREAM_PRIVATE_H

#include "archive/block.h"
#include "archive/span.h"
#include "archive/stream.h"
#include "gz/inflate.h"

#include <pthread.h>

/* Blocks that a stream may hold which decodes far ahead of a reader. */
#define RDB_STREAM_SLOTS 48

/* Bytes that a stream takes once it has been read from for a while. */
#define RDB_STREAM_MEMORY                                                                          \
	(sizeof(struct rdb_stream) + RDB_STREAM_BLOCKS * RDB_STREAM_BLOCK + RDB_INFLATE_MEMORY)

/* Slot of a stream's ring: the content from start to start + len. */
struct rdb_slot {
	uint64_t start;
	size_t len;
	struct rdb_block *block;
};

struct rdb_stream {
	const struct rdb_content *content;
	struct rdb_stream_cache *cache;
	struct rdb_decoder *decoder;
	struct rdb_span span; /* that the decoder is in */
	bool ended;           /* the last block reaches the end of the content */
	bool failed;          /* the decoder gives nothing behind the last block */

	/* Guarded by the cache's lock; slots, their numbers and at are changed by the user alone.
	 */
	struct rdb_slot slots[RDB_STREAM_SLOTS]; /* a ring */
	size_t first;                            /* of the ring: the oldest */
	size_t count;                            /* slots from there that may be served */
	size_t unchecked; /* slots behind those whose span is not decoded to its end yet */
	uint64_t at;      /* offset in the content: end of what may be served */
	bool left;        /* its reader has closed the table: another may have it */
	bool busy;        /* in use: all above but the slots and at is the user's */
	size_t memory;    /* bytes; a block that was just added is counted by put */
	bool helping;     /* in use for a block, by who decodes ahead: worth waiting for */
	unsigned wanted;  /* readers that wait for that */
	size_t counted;
	struct rdb_stream *older;
	struct rdb_stream *newer;
};

struct rdb_stream_cache {
	struct rdb_budget *budget; /* own, or one shared with other caches */
	struct rdb_budget own;
	unsigned decoders;        /* that may run at once for those that decode far ahead */
	size_t slots;             /* that one of them may fill */
	pthread_mutex_t lock;     /* guards everything below */
	pthread_cond_t released;  /* a stream that was helping */
	uint64_t used;            /* bytes, of idle streams, of those in use, and of spare blocks */
	struct rdb_block *spares; /* blocks that streams have dropped, for the next to fill: memory
				     that is new costs more than half of what decoding costs */
	uint64_t spare;           /* bytes of these */
	int64_t last_use;         /* ms, when one was last read from */
	struct rdb_stream *oldest;
	struct rdb_stream *newest;
};

/* ---- one stream; in use by the caller ---- */

int rdb_stream_create(struct rdb_stream_cache *cache, const struct rdb_content *content,
	struct rdb_stream **out, struct rdb_err *err);
void rdb_stream_free(struct rdb_stream *stream);

/* Decode a block more. Within a span it may be served once the span is decoded to its end. Content
 * before keep need not be held any longer. 0, -EIO, -ENOMEM. */
int rdb_stream_decode(struct rdb_stream *stream, uint64_t keep, struct rdb_err *err);

/* Enters at a checkpoint. 0, or -errno: it can't be used, and the stream gives nothing. */
int rdb_stream_enter(struct rdb_stream *stream, const struct rdb_checkpoint *checkpoint);

/* ---- with the lock held ---- */

/* Whether so many bytes more fit, in the place of spare blocks too. */
bool rdb_stream_fits(const struct rdb_stream_cache *cache, uint64_t bytes);

/* What it holds, from start to end; both are where it stands when it holds nothing. */
void rdb_stream_extent(const struct rdb_stream *stream, uint64_t *start, uint64_t *end);

/* Whether going on from where an idle one is beats a seek. */
bool rdb_stream_reaches(const struct rdb_stream *stream, uint64_t offset, size_t len);

/* Appends what of the bytes is there, with a reference to each block. */
void rdb_stream_gather(
	struct rdb_stream *stream, uint64_t offset, size_t len, struct rdb_read *out);

/* Up to where the streams of a content, in use or not, hold all that follows offset. */
uint64_t rdb_stream_frontier(
	struct rdb_stream_cache *cache, const struct rdb_content *content, uint64_t offset);

/* Waits until somebody who is helping lets go of it; another may have it by then. */
void rdb_stream_await(struct rdb_stream_cache *cache, struct rdb_stream *stream);

/* Drop a block of a stream: it is spare for any of them. */
void rdb_stream_drop(struct rdb_stream *stream, struct rdb_block *block);

/* A spare block with the caller's reference alone, or NULL. */
struct rdb_block *rdb_stream_spare(struct rdb_stream_cache *cache);

/* Marks it as in use. */
void rdb_stream_use(struct rdb_stream_cache *cache, struct rdb_stream *stream);

/* ---- without the lock ---- */

/* A new one in use, among the others. 0 or as rdb_decoder_open(). */
int rdb_stream_add(struct rdb_stream_cache *cache, const struct rdb_content *content,
	struct rdb_stream **out, struct rdb_err *err);

#endif
