#include "download/object_private.h"

#include <errno.h>
#include <stdlib.h>

#define BYTES_DEFAULT ((uint64_t)32 << 20)

/* ---- memory ---- */

void rdb_object_cache_add(struct rdb_object_cache *cache, int64_t bytes)
{
	rdb_budget_add(cache->budget, RDB_BUDGET_RECEIVED, bytes);
}

static bool fits(const struct rdb_object_cache *cache, uint64_t bytes)
{
	return rdb_budget_fits(cache->budget, RDB_BUDGET_RECEIVED, bytes);
}

void rdb_object_cache_drop(struct rdb_object_cache *cache, struct rdb_object_block *block)
{
	TAILQ_REMOVE(&cache->blocks, block, link);
	if (block->data)
		rdb_object_cache_add(cache, -(int64_t)block->len);
	rdb_object_memory_put(&cache->memory, block->data, block->len);
	free(block);
}

bool rdb_object_cache_make_room(struct rdb_object_cache *cache, uint64_t bytes)
{
	struct rdb_object_block *block = TAILQ_FIRST(&cache->blocks), *next;

	while (block && !fits(cache, bytes)) {
		next = TAILQ_NEXT(block, link);
		if (block->state == RDB_OBJECT_PRESENT && block->pins == 0)
			rdb_object_cache_drop(cache, block);
		block = next;
	}
	return fits(cache, bytes);
}

bool rdb_object_window_reserve(struct rdb_object_cache *cache, size_t bytes)
{
	bool room;

	pthread_mutex_lock(&cache->lock);
	room = cache->windows + bytes <= cache->window_limit &&
	       rdb_object_cache_make_room(cache, bytes);
	if (room) {
		rdb_object_cache_add(cache, (int64_t)bytes);
		cache->windows += bytes;
	}
	pthread_mutex_unlock(&cache->lock);
	return room;
}

void rdb_object_window_release(struct rdb_object_cache *cache, size_t bytes)
{
	pthread_mutex_lock(&cache->lock);
	rdb_object_cache_add(cache, -(int64_t)bytes);
	cache->windows -= bytes;
	pthread_mutex_unlock(&cache->lock);
}

/* ---- the cache ---- */

int rdb_object_cache_create(
	uint64_t bytes, struct rdb_budget *budget, struct rdb_object_cache **out)
{
	struct rdb_object_cache *cache = calloc(1, sizeof(*cache));

	if (!cache || rdb_cancel_init(&cache->cancel) != 0) {
		free(cache);
		return -ENOMEM;
	}
	atomic_init(&cache->refs, 1);
	rdb_budget_init(&cache->own, bytes ? bytes : BYTES_DEFAULT);
	cache->budget = budget ? budget : &cache->own;
	cache->window_limit = budget ? budget->limit / 4 : cache->own.limit / 2;
	pthread_mutex_init(&cache->lock, NULL);
	pthread_cond_init(&cache->fetched, NULL);
	TAILQ_INIT(&cache->blocks);
	TAILQ_INIT(&cache->idle);
	*out = cache;
	return 0;
}

struct rdb_object_cache *rdb_object_cache_ref(struct rdb_object_cache *cache)
{
	atomic_fetch_add(&cache->refs, 1);
	return cache;
}

void rdb_object_cache_unref(struct rdb_object_cache *cache)
{
	if (!cache || atomic_fetch_sub(&cache->refs, 1) != 1)
		return;
	rdb_cancel_destroy(&cache->cancel);
	rdb_object_memory_free(&cache->memory);
	pthread_cond_destroy(&cache->fetched);
	pthread_mutex_destroy(&cache->lock);
	free(cache);
}

void rdb_object_cache_cancel(struct rdb_object_cache *cache)
{
	rdb_cancel_fire(&cache->cancel);
}
