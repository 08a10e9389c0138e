/* The memory of a stream cache. Keeps the list of streams in the order of their last use, keeps
 * unused blocks for later use, and frees streams and unused blocks when memory is short. */
#include "stream/stream_private.h"

void rdb_stream_unlink(struct rdb_stream *stream)
{
	struct rdb_stream_cache *cache = stream->cache;

	if (stream->older)
		stream->older->newer = stream->newer;
	else
		cache->oldest = stream->newer;
	if (stream->newer)
		stream->newer->older = stream->older;
	else
		cache->newest = stream->older;
	stream->older = NULL;
	stream->newer = NULL;
}

void rdb_stream_link(struct rdb_stream *stream)
{
	struct rdb_stream_cache *cache = stream->cache;
	stream->older = cache->newest;
	if (cache->newest)
		cache->newest->newer = stream;
	else
		cache->oldest = stream;
	cache->newest = stream;
}

static void add_used(struct rdb_stream_cache *cache, int64_t bytes)
{
	cache->used += (uint64_t)bytes;
	rdb_budget_add(cache->budget, RDB_BUDGET_DECODED, bytes);
}

static bool is_over(const struct rdb_stream_cache *cache)
{
	return rdb_budget_is_over(cache->budget, RDB_BUDGET_DECODED);
}

void rdb_stream_count(struct rdb_stream *stream)
{
	struct rdb_stream_cache *cache = stream->cache;

	add_used(cache, (int64_t)stream->memory - (int64_t)stream->counted);
	stream->counted = stream->memory;
}

void rdb_stream_drop(struct rdb_stream *stream, struct rdb_block *block)
{
	struct rdb_stream_cache *cache = stream->cache;

	stream->memory -= RDB_STREAM_BLOCK;
	rdb_stream_count(stream);
	add_used(cache, RDB_STREAM_BLOCK);
	cache->spare += RDB_STREAM_BLOCK;
	block->next = cache->spares;
	cache->spares = block;
}

static struct rdb_block *pop_spare(struct rdb_stream_cache *cache)
{
	struct rdb_block *block = cache->spares;

	if (!block)
		return NULL;
	cache->spares = block->next;
	cache->spare -= RDB_STREAM_BLOCK;
	add_used(cache, -(int64_t)RDB_STREAM_BLOCK);
	return block;
}

struct rdb_block *rdb_stream_spare(struct rdb_stream_cache *cache)
{
	struct rdb_block *block;

	while ((block = pop_spare(cache)) && !rdb_block_is_own(block))
		rdb_block_unref(block);
	return block;
}

void rdb_stream_remove(struct rdb_stream *stream)
{
	rdb_stream_unlink(stream);
	add_used(stream->cache, -(int64_t)stream->counted);
}

void rdb_stream_evict_one(struct rdb_stream *stream, struct rdb_evicted *out)
{
	rdb_stream_remove(stream);
	stream->newer = out->streams;
	out->streams = stream;
}

/* Returns true if the cache may free the stream to save memory. */
static bool can_be_freed(const struct rdb_stream *stream)
{
	/* Keep the most recently used stream if its decoder cannot restart inside the content. A
	 * replacement might have to decode the content from the start. */
	return !stream->busy && stream->wanted == 0 &&
	       (stream != stream->cache->newest || stream->decoder->ops->restart);
}

static void evict_spares(struct rdb_stream_cache *cache, struct rdb_evicted *out)
{
	struct rdb_block *block;

	while (is_over(cache) && (block = pop_spare(cache))) {
		block->next = out->blocks;
		out->blocks = block;
	}
}

struct rdb_evicted rdb_stream_evict(struct rdb_stream_cache *cache)
{
	struct rdb_evicted evicted = {0};
	struct rdb_stream *next;

	evict_spares(cache, &evicted);
	for (struct rdb_stream *stream = cache->oldest; stream && is_over(cache); stream = next) {
		next = stream->newer;
		if (can_be_freed(stream))
			rdb_stream_evict_one(stream, &evicted);
		else if (stream->scanning)
			rdb_stream_scan_shrink(stream);
		evict_spares(cache, &evicted);
	}
	return evicted;
}

static void free_blocks(struct rdb_block *block)
{
	struct rdb_block *next;

	for (; block; block = next) {
		next = block->next;
		rdb_block_unref(block);
	}
}

static void free_streams(struct rdb_stream *stream)
{
	struct rdb_stream *next;

	for (; stream; stream = next) {
		next = stream->newer;
		rdb_stream_free(stream);
	}
}

void rdb_evicted_free(struct rdb_evicted evicted)
{
	free_streams(evicted.streams);
	free_blocks(evicted.blocks);
}
