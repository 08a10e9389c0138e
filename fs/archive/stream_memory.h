/*
 * The memory of a cache of streams: a list of the streams by last use, blocks that no stream uses,
 * and the removal of streams and blocks above the cache's limit. The caller holds the cache's lock
 * in all functions except rdb_evicted_free().
 */
#ifndef RDB_ARCHIVE_STREAM_MEMORY_H
#define RDB_ARCHIVE_STREAM_MEMORY_H

#include "archive/stream_private.h"

/* Moves a block from a stream to the cache's unused blocks, which any stream may reuse. */
void rdb_stream_drop(struct rdb_stream *stream, struct rdb_block *block);

/* Returns a spare (unused) block to which no reply to a read refers, or NULL if there is no such
 * block. */
struct rdb_block *rdb_stream_spare(struct rdb_stream_cache *cache);

/* rdb_stream_link() adds a stream to the front of the cache's list. rdb_stream_unlink() removes a
 * stream. rdb_stream_remove() removes a stream and subtracts its bytes from the cache's bytes in
 * use. */
void rdb_stream_link(struct rdb_stream_cache *cache, struct rdb_stream *stream);
void rdb_stream_unlink(struct rdb_stream *stream);
void rdb_stream_remove(struct rdb_stream *stream);

/* Updates the cache's number of bytes in use after stream->memory has changed. */
void rdb_stream_count(struct rdb_stream *stream);

/* Streams and blocks that were removed from the cache. The thread that removed them frees them
 * after releasing the cache's lock. */
struct rdb_evicted {
	struct rdb_stream *streams;
	struct rdb_block *blocks;
};

/* Reduces the cache to its limit. First removes unused blocks, which the cache keeps for reuse, and
 * then idle streams. The caller passes the result to rdb_evicted_free() after releasing the lock.
 */
struct rdb_evicted rdb_stream_evict(struct rdb_stream_cache *cache);

/* Moves a stream from the cache to the list of evicted streams in *out. */
void rdb_stream_evict_one(struct rdb_stream *stream, struct rdb_evicted *out);

/* Frees the evicted streams and blocks. The caller does not hold the lock. */
void rdb_evicted_free(struct rdb_evicted evicted);

#endif
