#include "base/condition.h"
#include "base/thread.h"
#include "stream/stream_private.h"

#include <errno.h>
#include <stdlib.h>

/* Returns true if rdb_stream_help() is using the stream, and if the stream will have the offset's
 * byte in memory when rdb_stream_help() returns. */
static bool will_reach(const struct rdb_stream *stream, uint64_t offset)
{
	uint64_t start, end;

	rdb_stream_extent(stream, &start, &end);
	return stream->helping && offset >= start && offset < end + RDB_STREAM_BLOCK;
}

/* Returns the stream that must decode least to reach the offset, or NULL if a seek is faster. */
static struct rdb_stream *find_near(const struct rdb_content *content, uint64_t offset, size_t len)
{
	struct rdb_stream *best = NULL;
	uint64_t best_distance = UINT64_MAX;

	for (struct rdb_stream *stream = content->cache->newest; stream; stream = stream->older) {
		if (stream->content != content)
			continue;
		if (stream->busy ? !will_reach(stream, offset)
				 : !rdb_stream_reaches(stream, offset, len))
			continue;
		uint64_t distance = offset > stream->at ? offset - stream->at : 0;
		if (distance < best_distance) {
			best = stream;
			best_distance = distance;
		}
	}
	return best;
}

bool rdb_stream_fits(const struct rdb_stream_cache *cache, uint64_t bytes)
{
	return rdb_budget_fits(
		cache->budget, RDB_BUDGET_DECODED, bytes > cache->spare ? bytes - cache->spare : 0);
}

static bool is_full(const struct rdb_stream_cache *cache)
{
	return !rdb_stream_fits(cache, RDB_STREAM_MEMORY);
}

static bool is_abandoned(const struct rdb_stream *stream)
{
	return stream->abandoned && stream->decoder->ops->restart;
}

/* Returns the content's least recently used idle stream that may be reused, or NULL if no stream
 * may be reused. While the cache has room, a stream may be reused only after rdb_stream_abandon().
 */
static struct rdb_stream *find_spare(const struct rdb_content *content)
{
	struct rdb_stream *stream = content->cache->oldest;
	bool any = is_full(content->cache);

	while (stream &&
		(stream->busy || stream->content != content || !(any || is_abandoned(stream))))
		stream = stream->newer;
	return stream;
}

static struct rdb_stream *find_holder(const struct rdb_content *content, uint64_t offset)
{
	struct rdb_stream *stream = content->cache->newest;
	uint64_t start, end;

	for (; stream; stream = stream->older) {
		if (stream->content != content)
			continue;
		rdb_stream_extent(stream, &start, &end);
		if (offset >= start && offset < end)
			break;
	}
	return stream;
}

uint64_t rdb_stream_frontier(const struct rdb_content *content, uint64_t offset)
{
	struct rdb_stream *stream;

	while ((stream = find_holder(content, offset)))
		offset = stream->at;
	return offset;
}

/* ---- the cache ---- */

/* Returns the largest number of blocks that one stream may hold. "size" is the limit of the cache
 * in bytes. */
static size_t slots_for(uint64_t size)
{
	uint64_t slots = size / 5 / RDB_STREAM_BLOCK;

	if (slots < RDB_STREAM_BLOCKS)
		return RDB_STREAM_BLOCKS;
	return slots < RDB_STREAM_SLOTS ? (size_t)slots : RDB_STREAM_SLOTS;
}

void rdb_stream_cache_shrink(struct rdb_stream_cache *cache)
{
	struct rdb_evicted evicted;

	pthread_mutex_lock(&cache->lock);
	evicted = rdb_stream_evict(cache);
	pthread_mutex_unlock(&cache->lock);
	rdb_evicted_free(evicted);
}

/* Frees memory of the stream cache "arg". The memory budget calls the function when another cache
 * needs memory. */
static void shrink(void *arg)
{
	rdb_stream_cache_shrink(arg);
}

int rdb_stream_cache_create(
	uint64_t size, struct rdb_budget *budget, unsigned decoders, struct rdb_stream_cache **out)
{
	struct rdb_stream_cache *cache = calloc(1, sizeof(*cache));

	if (!cache)
		return -ENOMEM;
	pthread_mutex_init(&cache->lock, NULL);
	rdb_condition_init(&cache->released);
	rdb_budget_init(&cache->own, size);
	cache->budget = budget ? budget : &cache->own;
	cache->budget->shrink[RDB_BUDGET_DECODED] = shrink;
	cache->budget->shrink_arg[RDB_BUDGET_DECODED] = cache;
	cache->decoders = decoders ? decoders : rdb_thread_processors();
	cache->slots = slots_for(size);
	*out = cache;
	return 0;
}

void rdb_stream_cache_free(struct rdb_stream_cache *cache)
{
	if (!cache)
		return;
	cache->budget->shrink[RDB_BUDGET_DECODED] = NULL;
	rdb_evicted_free((struct rdb_evicted){cache->oldest, cache->spares});
	pthread_cond_destroy(&cache->released);
	pthread_mutex_destroy(&cache->lock);
	free(cache);
}

uint64_t rdb_stream_cache_used(struct rdb_stream_cache *cache)
{
	uint64_t used;

	pthread_mutex_lock(&cache->lock);
	used = cache->used;
	pthread_mutex_unlock(&cache->lock);
	return used;
}

bool rdb_stream_cache_active(struct rdb_stream_cache *cache, int ms)
{
	bool active;

	pthread_mutex_lock(&cache->lock);
	active = cache->last_use && rdb_wait_now() - cache->last_use < ms;
	pthread_mutex_unlock(&cache->lock);
	return active;
}

void rdb_stream_cache_forget(const struct rdb_content *content)
{
	struct rdb_evicted forgotten = {0};
	struct rdb_stream *next;

	pthread_mutex_lock(&content->cache->lock);
	for (struct rdb_stream *stream = content->cache->oldest; stream; stream = next) {
		next = stream->newer;
		if (stream->content == content)
			rdb_stream_evict_one(stream, &forgotten);
	}
	pthread_mutex_unlock(&content->cache->lock);
	rdb_evicted_free(forgotten);
}

void rdb_stream_abandon(const struct rdb_content *content, uint64_t offset, uint64_t limit)
{
	uint64_t start, end;

	pthread_mutex_lock(&content->cache->lock);
	for (struct rdb_stream *stream = content->cache->oldest; stream; stream = stream->newer) {
		rdb_stream_extent(stream, &start, &end);
		if (stream->content == content && start < limit && end > offset)
			stream->abandoned = !stream->busy;
	}
	pthread_mutex_unlock(&content->cache->lock);
}

uint64_t rdb_stream_reach(const struct rdb_content *content, uint64_t offset)
{
	pthread_mutex_lock(&content->cache->lock);
	offset = rdb_stream_frontier(content, offset);
	pthread_mutex_unlock(&content->cache->lock);
	return offset;
}

/* Appends to *out the bytes at "offset" that streams have in memory, at most len bytes. Stops at
 * the first byte that no stream has in memory. The caller holds the lock. */
static void gather(
	const struct rdb_content *content, uint64_t offset, size_t len, struct rdb_read *out)
{
	struct rdb_stream *stream;

	while (out->len < len && out->count < RDB_READ_IOV &&
		(stream = find_holder(content, offset + out->len))) {
		rdb_stream_gather(stream, offset + out->len, len - out->len, out);
		if (stream->scanning)
			rdb_stream_note_follower(stream, offset + out->len);
		rdb_stream_unlink(stream);
		rdb_stream_link(stream);
	}
}

bool rdb_stream_ready(
	const struct rdb_content *content, uint64_t offset, size_t len, struct rdb_read *out)
{
	bool ready;

	*out = (struct rdb_read){0};
	pthread_mutex_lock(&content->cache->lock);
	ready = rdb_stream_frontier(content, offset) >= offset + len;
	if (ready) {
		gather(content, offset, len, out);
		content->cache->last_use = rdb_wait_now();
	}
	pthread_mutex_unlock(&content->cache->lock);
	if (ready && out->len < len) {
		rdb_read_done(out);
		*out = (struct rdb_read){0};
	}
	return ready && out->len == len;
}

void rdb_stream_use(struct rdb_stream *stream)
{
	stream->busy = true;
	stream->abandoned = false;
	stream->cache->last_use = rdb_wait_now();
}

int rdb_stream_add(const struct rdb_content *content, struct rdb_stream **out, struct rdb_err *err)
{
	struct rdb_evicted evicted;
	int ret = rdb_stream_create(content, out, err);

	if (ret != 0)
		return ret;
	pthread_mutex_lock(&content->cache->lock);
	rdb_stream_use(*out);
	rdb_stream_link(*out);
	rdb_stream_count(*out);
	evicted = rdb_stream_evict(content->cache);
	pthread_mutex_unlock(&content->cache->lock);
	rdb_evicted_free(evicted);
	return 0;
}

/* Returns the stream that reaches the offset fastest, or NULL if the caller must create a stream.
 * The result may be busy. The caller holds the cache's lock. */
static struct rdb_stream *find_best(const struct rdb_content *content, uint64_t offset, size_t len)
{
	struct rdb_stream *stream = find_near(content, offset, len);

	return stream ? stream : find_spare(content);
}

void rdb_stream_await(struct rdb_stream *stream)
{
	stream->wanted++;
	while (stream->busy && stream->helping)
		pthread_cond_wait(&stream->cache->released, &stream->cache->lock);
	stream->wanted--;
}

int rdb_stream_acquire(const struct rdb_content *content, uint64_t offset, size_t len,
	struct rdb_stream **out, struct rdb_err *err)
{
	struct rdb_stream *stream;

	pthread_mutex_lock(&content->cache->lock);
	while ((stream = find_best(content, offset, len)) && stream->busy)
		rdb_stream_await(stream);
	if (stream)
		rdb_stream_use(stream);
	pthread_mutex_unlock(&content->cache->lock);
	if (!stream)
		return rdb_stream_add(content, out, err);
	*out = stream;
	return 0;
}

void rdb_stream_release(struct rdb_stream *stream)
{
	struct rdb_stream_cache *cache = stream->cache;
	struct rdb_evicted evicted;

	pthread_mutex_lock(&cache->lock);
	rdb_stream_count(stream);
	rdb_stream_unlink(stream);
	rdb_stream_link(stream);
	stream->busy = false;
	if (stream->wanted > 0)
		pthread_cond_broadcast(&cache->released);
	stream->helping = false;
	cache->last_use = rdb_wait_now();
	evicted = rdb_stream_evict(cache);
	pthread_mutex_unlock(&cache->lock);
	rdb_evicted_free(evicted);
}
