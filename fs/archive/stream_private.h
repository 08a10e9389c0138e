/* Shared by stream.c (one stream), stream_cache.c (the cache) and stream_ahead.c (decoding ahead).
 */
#ifndef RDB_ARCHIVE_STREAM_PRIVATE_H
#define RDB_ARCHIVE_STREAM_PRIVATE_H

#include "archive/block.h"
#include "archive/stream.h"
#include "gz/inflate.h"
#include "index/span.h"

#include <pthread.h>

/* Blocks of a stream that decodes far ahead of a reader. */
#define RDB_STREAM_SLOTS 48

/* Bytes of a stream after some reading. */
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
	struct rdb_span span; /* current span of the decoder */
	bool ended;           /* the last block reaches the end of the content */
	bool failed;          /* the decoder returns nothing behind the last block */

	/* Guarded by the cache's lock; only the stream's user changes slots, their numbers and
	 * `at`. */
	struct rdb_slot slots[RDB_STREAM_SLOTS]; /* a ring */
	size_t first;                            /* index of the oldest slot in the ring */
	size_t count;                            /* slots from first that may be served */
	size_t unchecked; /* slots behind those, of a span that is not completely decoded */
	uint64_t at;      /* offset in the content: end of the bytes that may be served */
	bool left;        /* its reader has closed the table: another reader may use it */
	bool busy;        /* in use: the user owns all fields above except slots and at */
	size_t memory;    /* bytes; a block just added is counted by rdb_stream_put() */
	bool helping; /* in use for one block by a thread that decodes ahead: worth waiting for */
	unsigned wanted; /* number of readers waiting for it */
	size_t counted;
	struct rdb_stream *older;
	struct rdb_stream *newer;
};

struct rdb_stream_cache {
	struct rdb_budget *budget; /* own, or one shared with other caches */
	struct rdb_budget own;
	unsigned decoders;        /* limit of streams that decode far ahead at once */
	size_t slots;             /* slots that each of them may fill */
	pthread_mutex_t lock;     /* guards everything below */
	pthread_cond_t released;  /* a helping stream was released */
	uint64_t used;            /* bytes of idle streams, streams in use, and spare blocks */
	struct rdb_block *spares; /* blocks dropped by streams, for reuse: fresh memory costs more
				     than half as much as decoding */
	uint64_t spare;           /* bytes of these */
	int64_t last_use;         /* ms; time of the last read */
	struct rdb_stream *oldest;
	struct rdb_stream *newest;
};

/* ---- one stream; in use by the caller ---- */

int rdb_stream_create(struct rdb_stream_cache *cache, const struct rdb_content *content,
	struct rdb_stream **out, struct rdb_err *err);
void rdb_stream_free(struct rdb_stream *stream);

/* Decodes one more block. In an archive with spans the block may be served once its span is
 * decoded. Content before keep may be dropped. Returns 0, -EIO or -ENOMEM. */
int rdb_stream_decode(struct rdb_stream *stream, uint64_t keep, struct rdb_err *err);

/* Enters at a checkpoint. Returns 0, or a negative errno: the checkpoint is unusable, and the
 * stream returns nothing. */
int rdb_stream_enter(struct rdb_stream *stream, const struct rdb_checkpoint *checkpoint);

/* ---- with the lock held ---- */

/* Returns whether that many bytes more fit, counting spare blocks as free. */
bool rdb_stream_fits(const struct rdb_stream_cache *cache, uint64_t bytes);

/* Range of the content that a stream holds; both ends are its position if it holds nothing. */
void rdb_stream_extent(const struct rdb_stream *stream, uint64_t *start, uint64_t *end);

/* Returns whether continuing from an idle stream's position is faster than a seek. */
bool rdb_stream_reaches(const struct rdb_stream *stream, uint64_t offset, size_t len);

/* Appends the available bytes, with a reference to each block. */
void rdb_stream_gather(
	struct rdb_stream *stream, uint64_t offset, size_t len, struct rdb_read *out);

/* Offset up to which the streams of a content, in use or not, hold everything behind offset. */
uint64_t rdb_stream_frontier(
	struct rdb_stream_cache *cache, const struct rdb_content *content, uint64_t offset);

/* Waits until the helping thread releases the stream; another reader may own it by then. */
void rdb_stream_await(struct rdb_stream_cache *cache, struct rdb_stream *stream);

/* Drops a block of a stream: any stream may reuse it. */
void rdb_stream_drop(struct rdb_stream *stream, struct rdb_block *block);

/* Returns a spare block with only the caller's reference, or NULL. */
struct rdb_block *rdb_stream_spare(struct rdb_stream_cache *cache);

/* Marks the stream as in use. */
void rdb_stream_use(struct rdb_stream_cache *cache, struct rdb_stream *stream);

/* ---- without the lock ---- */

/* Adds a new stream in use. Returns 0, or an error of rdb_decoder_open(). */
int rdb_stream_add(struct rdb_stream_cache *cache, const struct rdb_content *content,
	struct rdb_stream **out, struct rdb_err *err);

#endif
