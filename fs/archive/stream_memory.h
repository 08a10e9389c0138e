/*
 * Memory of a cache of streams: the list of the streams by their last use, the blocks that no
 * stream uses, and what leaves the cache when it exceeds its limit. The caller holds the cache's
 * lock, unless stated otherwise.
 */
#ifndef RDB_ARCHIVE_STREAM_MEMORY_H
#define RDB_ARCHIVE_STREAM_MEMORY_H

#include "archive/stream_private.h"

/* Drops a block of a stream, so that any stream may reuse the block. */
void rdb_stream_drop(struct rdb_stream *stream, struct rdb_block *block);

/* Returns a spare block without other references, or NULL. */
struct rdb_block *rdb_stream_spare(struct rdb_stream_cache *cache);

/* Add a stream to the cache's list as the one used last, remove it from the list, or remove the
 * stream with its memory. */
void rdb_stream_link(struct rdb_stream_cache *cache, struct rdb_stream *stream);
void rdb_stream_unlink(struct rdb_stream *stream);
void rdb_stream_remove(struct rdb_stream *stream);

/* Updates the cache's bytes after a change of stream->memory. */
void rdb_stream_count(struct rdb_stream *stream);

/* Streams and blocks that were removed from the cache. */
struct rdb_evicted {
	struct rdb_stream *streams;
	struct rdb_block *blocks;
};

/* Removes spare blocks and then idle streams, until the cache is within its limit. The caller frees
 * the result without the lock. */
struct rdb_evicted rdb_stream_evict(struct rdb_stream_cache *cache);

/* Removes a stream, and adds it to out. */
void rdb_stream_evict_one(struct rdb_stream *stream, struct rdb_evicted *out);

/* Frees the streams and blocks. Called without the lock. */
void rdb_evicted_free(struct rdb_evicted evicted);

#endif
