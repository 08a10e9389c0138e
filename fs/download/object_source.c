#include "download/object_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct rdb_object *to_object(struct rdb_source *source)
{
	return (struct rdb_object *)source;
}

/* ---- blocks ---- */

/* Returns the number of the object's last block, counted from 0. Bytes after the last full block
 * belong to that block, so that they need no request of their own. */
static uint64_t last_block(const struct rdb_object *object)
{
	uint64_t count = object->source.identity.size / RDB_OBJECT_BLOCK;

	return count ? count - 1 : 0;
}

static uint64_t block_of(const struct rdb_object *object, uint64_t offset)
{
	uint64_t number = offset / RDB_OBJECT_BLOCK, last = last_block(object);

	return number < last ? number : last;
}

static size_t block_length(const struct rdb_object *object, uint64_t number)
{
	if (number < last_block(object))
		return (size_t)RDB_OBJECT_BLOCK;
	return (size_t)(object->source.identity.size - number * RDB_OBJECT_BLOCK);
}

/* Returns the object's block "number" from the cache, or NULL if the cache lacks the block. The
 * block may still be in the state RDB_OBJECT_FETCHING. The caller holds the cache's lock. */
static struct rdb_object_block *find_block(struct rdb_object *object, uint64_t number)
{
	struct rdb_object_block *block;

	TAILQ_FOREACH_REVERSE(block, &object->cache->blocks, rdb_object_blocks, link)
	if (block->object == object && block->number == number)
		return block;
	return NULL;
}

/* Adds the block "number" to the object's cache, in the state RDB_OBJECT_FETCHING. Returns the
 * block, or NULL if memory is exhausted. The caller holds object->cache->lock. */
static struct rdb_object_block *add_block(struct rdb_object *object, uint64_t number)
{
	struct rdb_object_block *block = calloc(1, sizeof(*block));

	if (!block)
		return NULL;
	block->object = object;
	block->number = number;
	block->len = block_length(object, number);
	block->state = RDB_OBJECT_FETCHING;
	TAILQ_INSERT_TAIL(&object->cache->blocks, block, link);
	return block;
}

static char *get_memory(struct rdb_object_cache *cache, const struct rdb_object_block *block)
{
	char *data;

	pthread_mutex_lock(&cache->lock);
	data = rdb_object_memory_get(&cache->memory, block->len);
	pthread_mutex_unlock(&cache->lock);
	return data;
}

static void put_memory(
	struct rdb_object_cache *cache, const struct rdb_object_block *block, char *data)
{
	if (!data)
		return;
	pthread_mutex_lock(&cache->lock);
	rdb_object_memory_put(&cache->memory, data, block->len);
	pthread_mutex_unlock(&cache->lock);
}

/* Stores the fetched data in the block, pins the block for the caller, and wakes waiting readers.
 * If "data" is NULL because the fetch failed, drops the block. The caller does not hold the
 * lock. */
static void finish_block(struct rdb_object_cache *cache, struct rdb_object_block *block, char *data)
{
	pthread_mutex_lock(&cache->lock);
	if (data) {
		rdb_object_cache_make_room(cache, block->len);
		block->data = data;
		block->state = RDB_OBJECT_PRESENT;
		block->pins++;
		rdb_object_cache_add(cache, (int64_t)block->len);
	} else {
		rdb_object_cache_drop(cache, block);
	}
	pthread_cond_broadcast(&cache->fetched);
	pthread_mutex_unlock(&cache->lock);
}

/* Returns true if the reader of the block "number" will probably also read the next block. The
 * caller holds the cache's lock. */
static bool goes_on(struct rdb_object *object, uint64_t number)
{
	const struct rdb_object_block *before = number ? find_block(object, number - 1) : NULL;

	return before && before->state == RDB_OBJECT_PRESENT && number < last_block(object);
}

static int fetch(struct rdb_object *object, const struct rdb_object_block *block,
	struct rdb_object_stream *stream, bool streaming, char *data, struct rdb_err *err)
{
	const struct rdb_object_ops *ops = object->ops;
	uint64_t offset = block->number * RDB_OBJECT_BLOCK;
	int ret;

	if (!stream && ops->recall && ops->recall(object->remote, offset, data, block->len))
		return 0;
	if (stream || streaming)
		ret = rdb_object_stream_fetch(object, stream, offset, data, block->len, err);
	else
		ret = ops->get(
			object->remote, offset, data, block->len, &object->cache->cancel, err);
	if (ret == 0 && ops->keep)
		ops->keep(object->remote, offset, data, block->len);
	return ret;
}

/* Returns true if the request for the block "number" should also fetch the next block. "inside" is
 * the distance from the block's start to the first byte of the read. The caller holds the cache's
 * lock. */
static bool wants_two(struct rdb_object *object, uint64_t number, uint64_t inside)
{
	/* If the read begins in the second half of the block "number", also fetch the next block,
	 * because the reader will probably need the next block, too. */
	return inside >= RDB_OBJECT_BLOCK / 2 && number < last_block(object) &&
	       !goes_on(object, number) && !find_block(object, number + 1) &&
	       !object->ops->recall && !object->ops->keep;
}

static int get_two(struct rdb_object *object, const struct rdb_object_block *first,
	const struct rdb_object_block *second, char *data[2], struct rdb_err *err)
{
	uint64_t offset = first->number * RDB_OBJECT_BLOCK;
	char *both = malloc(first->len + second->len);
	int ret = 0;

	data[0] = get_memory(object->cache, first);
	data[1] = get_memory(object->cache, second);
	if (!both || !data[0] || !data[1])
		ret = rdb_err_sys(err, ENOMEM, "%s", object->name);
	if (ret == 0)
		ret = object->ops->get(object->remote, offset, both, first->len + second->len,
			&object->cache->cancel, err);
	if (ret == 0) {
		memcpy(data[0], both, first->len);
		memcpy(data[1], both + first->len, second->len);
	}
	free(both);
	return ret;
}

/* Fetches the block "number" and the following block with one request, and pins the first block for
 * the caller. The caller holds cache->lock, but the lock is released during the request. */
static int fetch_two(struct rdb_object *object, uint64_t number, struct rdb_object_block **out,
	struct rdb_err *err)
{
	struct rdb_object_cache *cache = object->cache;
	struct rdb_object_block *blocks[2] = {
		add_block(object, number), add_block(object, number + 1)};
	char *data[2] = {NULL, NULL};
	int ret;

	pthread_mutex_unlock(&cache->lock);
	if (blocks[0] && blocks[1])
		ret = get_two(object, blocks[0], blocks[1], data, err);
	else
		ret = rdb_err_sys(err, ENOMEM, "%s", object->name);
	for (int i = 0; i < 2; i++) {
		if (ret != 0) {
			put_memory(cache, blocks[i], data[i]);
			data[i] = NULL;
		}
		if (blocks[i])
			finish_block(cache, blocks[i], data[i]);
	}
	pthread_mutex_lock(&cache->lock);
	if (ret == 0)
		blocks[1]->pins--;
	*out = blocks[0];
	return ret;
}

/* Fetches the block "number" with a request, and pins the block for the caller. The caller holds
 * the lock of object->cache. The lock is released during the request. */
static int fetch_block(struct rdb_object *object, uint64_t number, struct rdb_object_block **out,
	struct rdb_err *err)
{
	struct rdb_object_cache *cache = object->cache;
	struct rdb_object_stream *stream = rdb_object_stream_pop(object, number * RDB_OBJECT_BLOCK);
	bool streaming = goes_on(object, number);
	struct rdb_object_block *block = add_block(object, number);
	char *data;
	int ret;

	pthread_mutex_unlock(&cache->lock);
	data = block ? get_memory(cache, block) : NULL;
	if (data)
		ret = fetch(object, block, stream, streaming, data, err);
	else
		ret = rdb_err_sys(err, ENOMEM, "%s", object->name);
	if (!data && stream)
		rdb_object_stream_close(cache, stream);
	if (ret != 0) {
		put_memory(cache, block, data);
		data = NULL;
	}
	if (block)
		finish_block(cache, block, data);
	pthread_mutex_lock(&cache->lock);
	*out = block;
	return ret;
}

/* Finds the block with this number in the cache or fetches the block, and pins the block for the
 * caller. The caller's read begins at the offset "inside" in the block. */
static int get_block(struct rdb_object *object, uint64_t number, uint64_t inside,
	struct rdb_object_block **out, struct rdb_err *err)
{
	struct rdb_object_cache *cache = object->cache;
	struct rdb_object_block *block;
	int ret = 0;

	pthread_mutex_lock(&cache->lock);
	while ((block = find_block(object, number)) && block->state == RDB_OBJECT_FETCHING)
		pthread_cond_wait(&cache->fetched, &cache->lock);
	if (block) {
		block->pins++;
		TAILQ_REMOVE(&cache->blocks, block, link);
		TAILQ_INSERT_TAIL(&cache->blocks, block, link);
	} else if (wants_two(object, number, inside)) {
		ret = fetch_two(object, number, &block, err);
	} else {
		ret = fetch_block(object, number, &block, err);
	}
	pthread_mutex_unlock(&cache->lock);
	*out = block;
	return ret;
}

static void put_block(struct rdb_object *object, struct rdb_object_block *block)
{
	struct rdb_object_cache *cache = object->cache;

	pthread_mutex_lock(&cache->lock);
	block->pins--;
	rdb_object_cache_make_room(cache, 0);
	pthread_mutex_unlock(&cache->lock);
}

/* ---- the source ---- */

static int read_error(const struct rdb_object *object, int ret, struct rdb_err *err)
{
	if (ret == -ECANCELED)
		return rdb_err_set(err, EINTR, "%s: cancelled", object->name);
	if (ret == -ENOMEM)
		return ret;
	if (ret == -ESTALE || ret == -ENOENT || ret == -ERANGE)
		return rdb_err_set(
			err, EIO, "%s was replaced or removed while it was open", object->name);
	if (err)
		err->code = EIO;
	return -EIO;
}

static ssize_t object_pread(
	struct rdb_source *source, void *buf, size_t len, uint64_t off, struct rdb_err *err)
{
	struct rdb_object *object = to_object(source);
	size_t done = 0;

	len = rdb_source_limit(source, len, off);
	while (done < len) {
		uint64_t number = block_of(object, off + done);
		uint64_t inside = off + done - number * RDB_OBJECT_BLOCK;
		struct rdb_object_block *block;
		size_t n;
		int ret = get_block(object, number, inside, &block, err);
		if (ret != 0)
			return read_error(object, ret, err);
		rdb_budget_shrink_others(object->cache->budget, RDB_BUDGET_RECEIVED);
		n = block->len - (size_t)inside;
		n = n < len - done ? n : len - done;
		memcpy((char *)buf + done, block->data + inside, n);
		put_block(object, block);
		done += n;
	}
	return (ssize_t)done;
}

static void object_close(struct rdb_source *source)
{
	struct rdb_object *object = to_object(source);
	struct rdb_object_cache *cache = object->cache;
	struct rdb_object_block *block, *next;
	struct rdb_object_stream *stream;

	pthread_mutex_lock(&cache->lock);
	for (block = TAILQ_FIRST(&cache->blocks); block; block = next) {
		next = TAILQ_NEXT(block, link);
		if (block->object == object)
			rdb_object_cache_drop(cache, block);
	}
	pthread_mutex_unlock(&cache->lock);
	while ((stream = rdb_object_stream_pop_any(object)))
		rdb_object_stream_close(cache, stream);
	rdb_object_cache_unref(cache);
	object->ops->close(object->remote);
	free(object->name);
	free(object);
}

int rdb_object_source(struct rdb_object_cache *cache, const struct rdb_object_ops *ops,
	void *remote, const char *name, const struct rdb_identity *identity,
	struct rdb_source **out, struct rdb_err *err)
{
	static const struct rdb_source_ops source_ops = {
		.pread = object_pread, .close = object_close};
	struct rdb_object *object = calloc(1, sizeof(*object));

	if (!object || !(object->name = strdup(name))) {
		free(object);
		ops->close(remote);
		return rdb_err_sys(err, ENOMEM, "%s", name);
	}
	object->source.ops = &source_ops;
	object->source.identity = *identity;
	object->source.remote = true;
	object->cache = rdb_object_cache_ref(cache);
	object->ops = ops;
	object->remote = remote;
	*out = &object->source;
	return 0;
}
