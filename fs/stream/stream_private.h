/* Declarations shared by stream.c (a stream), stream_cache.c (the cache), stream_ahead.c (decoding
 * ahead) and stream_scan.c (content that a scan decodes). */
#ifndef RDB_STREAM_STREAM_PRIVATE_H
#define RDB_STREAM_STREAM_PRIVATE_H

#include "gz/inflate.h"
#include "index/span.h"
#include "stream/block.h"
#include "stream/stream.h"

#include <pthread.h>

/* Maximum number of decoded blocks that a stream keeps in memory while it decodes far ahead of its
 * reader. */
#define RDB_STREAM_SLOTS 48

/* Estimate of the memory, in bytes, that a stream needs if the stream does not decode far ahead. If
 * a stream cache has fewer free bytes, the cache counts as full. */
#define RDB_STREAM_MEMORY                                                                          \
	(sizeof(struct rdb_stream) + RDB_STREAM_BLOCKS * RDB_STREAM_BLOCK + RDB_INFLATE_MEMORY)

/* Slot of a stream's ring buffer. The slot's block contains "len" bytes of the decoded content. The
 * first of these bytes has the offset "start" in the content. */
struct rdb_slot {
	uint64_t start;
	size_t len;
	struct rdb_block *block;
};

struct rdb_stream {
	const struct rdb_content *content;
	struct rdb_stream_cache *cache;
	struct rdb_decoder *decoder; /* NULL while a scan decodes */
	struct rdb_span span;        /* current span of the decoder */
	bool ended;                  /* the last block ends at the end of the content */
	bool failed;                 /* decoding failed at the end of the last block */

	/* The cache's lock guards the fields below. While a reader decodes with the stream, only
	 * the reader's thread changes "slots", "first", "count", "unchecked" and "at". Therefore,
	 * this thread may read these five fields without the lock. */
	struct rdb_slot slots[RDB_STREAM_SLOTS]; /* a ring buffer */
	size_t first;                            /* index of the oldest slot in the ring */
	size_t count;     /* number of slots from first on that may be served */
	size_t unchecked; /* number of further slots, not served until their span is verified */
	uint64_t at;      /* content offset of the end of the bytes that may be served */
	bool abandoned;   /* the reader has closed the table, so others may use the stream */
	bool busy;        /* in use; the user owns the fields above except slots and at */
	size_t memory;    /* bytes of the stream, which count in the cache's field used */
	bool helping;     /* busy in rdb_stream_help(), which decodes only one block */
	unsigned wanted;  /* number of readers that wait for the stream */
	size_t counted;
	bool scanning;        /* a scan decodes into the stream */
	bool running;         /* the scan has a thread */
	bool pausing;         /* the scan waits for its readers */
	int64_t stopped;      /* time when the scan lost its thread, in ms */
	int64_t followed;     /* time when a reader last got bytes of the scan, in ms; 0 if never */
	uint64_t followed_to; /* offset up to which readers got bytes or wait for them */
	struct rdb_stream *older;
	struct rdb_stream *newer;
};

struct rdb_stream_cache {
	struct rdb_budget *budget; /* points to the field own, or to a budget of several caches */
	struct rdb_budget own;
	unsigned decoders;       /* largest number of streams that decode far ahead */
	size_t slots;            /* largest number of slots of a stream that decodes far ahead */
	pthread_mutex_t lock;    /* guards the fields below */
	pthread_cond_t released; /* signalled when a scan, its reader or a helping stream changes */
	struct rdb_follower *followers; /* readers that wait for a scan */
	uint64_t used;                  /* bytes of all streams and spare blocks */
	struct rdb_block *spares;       /* unused blocks; reuse is faster than fresh memory */
	uint64_t spare;                 /* bytes of the spare blocks */
	int64_t last_use;               /* time of the last read, in ms */
	struct rdb_stream *oldest;
	struct rdb_stream *newest;
};

/* ---- one stream; in use by the caller ---- */

int rdb_stream_create(
	const struct rdb_content *content, struct rdb_stream **out, struct rdb_err *err);
void rdb_stream_free(struct rdb_stream *stream);

/*
 * Decodes the stream's next block. May drop blocks that end at or before the offset "keep". Readers
 * receive the block after the checksum of its range was verified. If the range is too large for the
 * stream's memory, readers receive the block unverified.
 * Returns:
 *   0        a block was decoded, or the content has ended
 *   -EIO     the content is damaged or ends too early
 *   -ENOMEM  memory is exhausted
 */
int rdb_stream_decode(struct rdb_stream *stream, uint64_t keep, struct rdb_err *err);

/* Returns the smallest offset whose byte must stay in memory for a reader at "offset". The kernel
 * may request bytes before "offset", because its read-ahead sends requests out of order. */
static inline uint64_t rdb_stream_kept_from(uint64_t offset)
{
	return offset > RDB_READ_MAX ? offset - RDB_READ_MAX : 0;
}

/* Moves the decoder to a checkpoint. Returns 0 or a negative errno. After an error, the stream
 * decodes nothing until the next seek. */
int rdb_stream_enter(struct rdb_stream *stream, const struct rdb_checkpoint *checkpoint);

/* ---- with the lock held ---- */

/* Returns whether the cache has room for "bytes" additional bytes. Cached blocks that no stream
 * uses count as free, because new content can reuse these blocks. */
bool rdb_stream_fits(const struct rdb_stream_cache *cache, uint64_t bytes);

/* Stores the offsets where the stream's first block starts and where the last block ends. If the
 * stream has no blocks, both offsets are the position at which the stream's decoder continues. */
void rdb_stream_extent(const struct rdb_stream *stream, uint64_t *start, uint64_t *end);

/* Returns true if the stream can read the "len" bytes at "offset" without a seek, and a seek would
 * not be faster. A failed stream can read only the bytes in its memory. */
bool rdb_stream_reaches(const struct rdb_stream *stream, uint64_t offset, size_t len);

/* Appends up to "len" content bytes, starting at "offset", to *out. *out refers to the stream's
 * blocks, so the bytes are not copied. Stops at the first byte that is not in the stream's memory,
 * or when *out has RDB_READ_IOV blocks. */
void rdb_stream_gather(
	struct rdb_stream *stream, uint64_t offset, size_t len, struct rdb_read *out);

/* Returns the lowest content offset, at or after "offset", whose byte is not in the memory of any
 * stream. */
uint64_t rdb_stream_frontier(const struct rdb_content *content, uint64_t offset);

/* Waits until rdb_stream_help() has finished with the stream. Afterwards another reader may be
 * using the stream, so the caller must search for a stream again. */
void rdb_stream_await(struct rdb_stream *stream);

/* Appends a decoded block to the stream's ring of blocks, which must have room. Takes ownership of
 * the caller's reference to the block. */
void rdb_stream_push(
	struct rdb_stream *stream, uint64_t start, struct rdb_block *block, size_t len);
void rdb_stream_drop_oldest(struct rdb_stream *stream);

/* Called at the end of a scan. The stream then owns the scan's decoder, and decodes the
 * bytes that readers need. */
void rdb_stream_adopt(struct rdb_stream *stream, struct rdb_decoder *decoder);

/* Records that a reader follows the scan, and has requested bytes up to the offset "end". For a
 * short time, the scan keeps the bytes just before "end" in memory, and does not decode far beyond
 * "end". */
void rdb_stream_note_follower(struct rdb_stream *stream, uint64_t end);

/* Removes all decoded blocks from a scan's stream, so that other streams can reuse the memory. Does
 * nothing while a reader waits for bytes of this stream. */
void rdb_stream_scan_shrink(struct rdb_stream *stream);

void rdb_stream_use(struct rdb_stream *stream);

/* ---- memory (stream_memory.c); with the lock held ---- */

/* Moves a block from a stream to the cache's unused blocks, which any stream may reuse. */
void rdb_stream_drop(struct rdb_stream *stream, struct rdb_block *block);

/* Removes a free block from the cache, so that the caller can reuse the block. No stream and no
 * reply to a read uses the returned block. Returns NULL if the cache has no free block. */
struct rdb_block *rdb_stream_spare(struct rdb_stream_cache *cache);

/* rdb_stream_link() adds a stream to the front of the cache's list. rdb_stream_unlink() removes a
 * stream from this list. rdb_stream_remove() calls rdb_stream_unlink(), and then subtracts the
 * stream's bytes from the cache's number of bytes in use. */
void rdb_stream_link(struct rdb_stream *stream);
void rdb_stream_unlink(struct rdb_stream *stream);
void rdb_stream_remove(struct rdb_stream *stream);

/* Adds to stream->cache->used the amount by which stream->memory has changed since the last call
 * for this stream. Must be called after each change of stream->memory, because the cache limits the
 * memory of all its streams. */
void rdb_stream_count(struct rdb_stream *stream);

/* Streams and blocks that were removed from the cache. The thread that removed them frees them
 * after releasing the cache's lock. */
struct rdb_evicted {
	struct rdb_stream *streams;
	struct rdb_block *blocks;
};

/* If the cache exceeds its limit, removes unused blocks from the cache, and then idle streams.
 * Returns the removed blocks and streams, which the caller frees after releasing the lock. */
struct rdb_evicted rdb_stream_evict(struct rdb_stream_cache *cache);

/* Moves a stream from the cache to the list of evicted streams in *out. */
void rdb_stream_evict_one(struct rdb_stream *stream, struct rdb_evicted *out);

/* ---- without the lock ---- */

/* Frees the evicted streams and blocks. The caller must not hold the cache's lock. */
void rdb_evicted_free(struct rdb_evicted evicted);

/* If the cache exceeds its limit, removes and frees unused blocks, and then idle streams. */
void rdb_stream_cache_shrink(struct rdb_stream_cache *cache);

/* Adds a new stream to the cache. The caller is the stream's only user until rdb_stream_release().
 * Returns 0, or an error of rdb_decoder_open(). */
int rdb_stream_add(const struct rdb_content *content, struct rdb_stream **out, struct rdb_err *err);

/* ---- checksums (stream_check.c) ---- */

/* CRC-32 of the decoded content from the start of the current gzip member to the decoder's
 * position. */
struct rdb_stream_sum {
	bool known; /* false if decoding began inside the member, so that crc is unknown */
	uint32_t crc;
	uint64_t member; /* content offset of the start of the member */
	uint64_t at;     /* content offset of the decoder */
};

struct rdb_stream_sum rdb_stream_sum_of(const struct rdb_stream *stream);

/* Checks the bytes of a newly decoded block against the CRCs in the index. *before is the result of
 * rdb_stream_sum_of() before the decoding. Returns 0, or -EIO if a CRC differs. After -EIO, the
 * caller must discard all blocks of the stream. */
int rdb_stream_check_indexed(const struct rdb_stream *stream, const struct rdb_stream_sum *before,
	const char *data, struct rdb_err *err);

/* Adds decoded bytes to the CRC of the current range, which is a part of the content with its own
 * checksum. Returns 0, or -EIO if the range is complete and its CRC is wrong. */
int rdb_stream_check_span(struct rdb_stream *stream, uint64_t offset, const void *data, size_t len,
	struct rdb_err *err);

#endif
