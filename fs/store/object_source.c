#include "store/object_source.h"

#include "base/queue.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define BYTES_DEFAULT ((uint64_t)32 << 20)
#define BLOCK RDB_OBJECT_BLOCK
#define WINDOW_MIN ((size_t)1 << 20)
#define WINDOW_POOR ((size_t)128 << 10) /* bytes of a window when the budget is used up */
#define STREAMS 16                      /* idle streams per cache; the others are closed */
#define REOPEN_TRIES 4 /* times that a stream is opened again after it broke without new bytes */

struct object;

/*
 * state      data  meaning
 * FETCHING   NULL  a reader fetches it; others wait
 * PRESENT    set   can be copied from; may be dropped while no reader pins it
 */
enum block_state { FETCHING, PRESENT };

struct block {
	struct object *object;
	uint64_t number;
	enum block_state state;
	unsigned pins;
	char *data;
	size_t len;
	TAILQ_ENTRY(block)
	link; /* position in the list of cached blocks, least recently used first */
};

/* A streaming request. Idle while in the cache's list; a reader removes it to continue reading. */
struct stream {
	struct object *object;
	struct rdb_http_stream *http;
	uint64_t at;   /* position of its next byte */
	uint64_t read; /* bytes since the window last grew */
	size_t window;
	TAILQ_ENTRY(stream) link;
};

struct rdb_object_cache {
	atomic_uint refs;
	struct rdb_budget *budget; /* own budget, or one shared with decoded data */
	struct rdb_budget own;
	uint64_t window_limit; /* bytes of all streams' windows at most, so that room remains for
				  blocks */
	struct rdb_cancel cancel;
	pthread_mutex_t lock; /* guards the fields below, and all blocks and streams */
	pthread_cond_t fetched;
	uint64_t used;                    /* bytes of blocks and windows */
	uint64_t windows;                 /* of streams */
	TAILQ_HEAD(blocks, block) blocks; /* least recently used first */
	TAILQ_HEAD(, stream) idle;        /* least recently used first */
	unsigned idle_count;
};

struct object {
	struct rdb_source source;
	struct rdb_object_cache *cache;
	const struct rdb_object_ops *ops;
	void *remote; /* argument of the functions in ops */
	char *name;
};

static struct object *to_object(struct rdb_source *source)
{
	return (struct object *)source;
}

/* ---- the budget; the lock is held ---- */

static void add_used(struct rdb_object_cache *cache, uint64_t bytes)
{
	cache->used += bytes;
	rdb_budget_add(cache->budget, RDB_BUDGET_RECEIVED, (int64_t)bytes);
}

static void drop_used(struct rdb_object_cache *cache, uint64_t bytes)
{
	cache->used -= bytes;
	rdb_budget_add(cache->budget, RDB_BUDGET_RECEIVED, -(int64_t)bytes);
}

static bool fits(const struct rdb_object_cache *cache, uint64_t bytes)
{
	return rdb_budget_fits(cache->budget, RDB_BUDGET_RECEIVED, bytes);
}

static void drop_block(struct rdb_object_cache *cache, struct block *block)
{
	TAILQ_REMOVE(&cache->blocks, block, link);
	if (block->data)
		drop_used(cache, block->len);
	free(block->data);
	free(block);
}

/* Drops the least recently used blocks until that many more bytes fit. Returns false if they do not
 * fit. */
static bool make_room(struct rdb_object_cache *cache, uint64_t bytes)
{
	struct block *block = TAILQ_FIRST(&cache->blocks), *next;

	while (block && !fits(cache, bytes)) {
		next = TAILQ_NEXT(block, link);
		if (block->state == PRESENT && block->pins == 0)
			drop_block(cache, block);
		block = next;
	}
	return fits(cache, bytes);
}

/* Reserves bytes for a window, if the limit of windows allows it. */
static bool take_window(struct rdb_object_cache *cache, size_t bytes)
{
	bool room;

	pthread_mutex_lock(&cache->lock);
	room = cache->windows + bytes <= cache->window_limit && make_room(cache, bytes);
	if (room) {
		add_used(cache, bytes);
		cache->windows += bytes;
	}
	pthread_mutex_unlock(&cache->lock);
	return room;
}

static void give_window(struct rdb_object_cache *cache, size_t bytes)
{
	pthread_mutex_lock(&cache->lock);
	drop_used(cache, bytes);
	cache->windows -= bytes;
	pthread_mutex_unlock(&cache->lock);
}

/* ---- streams ---- */

static void close_stream(struct rdb_object_cache *cache, struct stream *stream)
{
	rdb_http_stream_close(stream->http);
	give_window(cache, stream->window);
	free(stream);
}

/* Removes a stream from the idle ones. The caller holds the lock. */
static void unlink_stream(struct rdb_object_cache *cache, struct stream *stream)
{
	TAILQ_REMOVE(&cache->idle, stream, link);
	cache->idle_count--;
}

/* Removes an idle stream that continues at offset from the list, and returns it. The caller holds
 * the lock. */
static struct stream *take_stream(struct object *object, uint64_t offset)
{
	struct stream *stream;

	TAILQ_FOREACH(stream, &object->cache->idle, link)
	{
		if (stream->object != object || stream->at != offset)
			continue;
		unlink_stream(object->cache, stream);
		return stream;
	}
	return NULL;
}

/* Removes an idle stream from the list, to be closed: too many are idle, or the budget is used up.
 */
static struct stream *take_surplus(struct rdb_object_cache *cache)
{
	struct stream *stream = NULL;

	pthread_mutex_lock(&cache->lock);
	if (cache->idle_count > STREAMS || (cache->idle_count > 1 && !make_room(cache, 0)))
		stream = TAILQ_FIRST(&cache->idle);
	if (stream)
		unlink_stream(cache, stream);
	pthread_mutex_unlock(&cache->lock);
	return stream;
}

/* Adds a stream to the idle ones, for the next sequential read. */
static void put_stream(struct object *object, struct stream *stream)
{
	struct rdb_object_cache *cache = object->cache;

	pthread_mutex_lock(&cache->lock);
	TAILQ_INSERT_TAIL(&cache->idle, stream, link);
	cache->idle_count++;
	pthread_mutex_unlock(&cache->lock);
	while ((stream = take_surplus(cache)))
		close_stream(cache, stream);
}

static int open_stream(
	struct object *object, uint64_t offset, struct stream **out, struct rdb_err *err)
{
	struct rdb_object_cache *cache = object->cache;
	struct stream *stream = calloc(1, sizeof(*stream));
	int ret;

	if (!stream)
		return rdb_err_sys(err, ENOMEM, "%s", object->name);
	/* Without room, use a small window beyond the limit. */
	stream->window = WINDOW_MIN;
	if (!take_window(cache, WINDOW_MIN)) {
		stream->window = WINDOW_POOR;
		pthread_mutex_lock(&cache->lock);
		add_used(cache, WINDOW_POOR);
		cache->windows += WINDOW_POOR;
		pthread_mutex_unlock(&cache->lock);
	}
	stream->object = object;
	stream->at = offset;
	ret = object->ops->stream(object->remote, offset, object->source.identity.size - offset,
		stream->window, &cache->cancel, &stream->http, err);
	if (ret != 0) {
		stream->http = NULL;
		close_stream(cache, stream);
		return ret;
	}
	*out = stream;
	return 0;
}

/* Doubles the window of a stream after a whole window was read, if room permits. */
static void widen(struct rdb_object_cache *cache, struct stream *stream)
{
	size_t more = stream->window < WINDOW_MIN ? WINDOW_MIN - stream->window : stream->window;

	if (stream->read < stream->window || stream->window >= RDB_OBJECT_WINDOW_MAX)
		return;
	stream->read = 0;
	if (!take_window(cache, more))
		return;
	if (rdb_http_stream_widen(stream->http, stream->window + more) == 0)
		stream->window += more;
	else
		give_window(cache, more);
}

/* Reads the rest of a block; *done counts the bytes present. */
static int read_stream(struct rdb_object_cache *cache, struct stream *stream, char *data,
	size_t len, size_t *done, struct rdb_err *err)
{
	while (*done < len) {
		ssize_t n = rdb_http_stream_read(stream->http, data + *done, len - *done, err);
		if (n == 0)
			return rdb_err_set(err, EIO, "the object ends early");
		if (n < 0)
			return (int)n;
		*done += (size_t)n;
		stream->at += (uint64_t)n;
		stream->read += (uint64_t)n;
	}
	widen(cache, stream);
	return 0;
}

static bool may_reopen(int ret)
{
	return ret == -EIO || ret == -ETIMEDOUT;
}

/* Fills a block from a stream. Opens a stream if there is none, and again after a break. */
static int fetch_streaming(struct object *object, struct stream *stream, uint64_t offset,
	char *data, size_t len, struct rdb_err *err)
{
	size_t done = 0, before = 0;
	int ret = 0, tries = 0;

	do {
		if (ret != 0) {
			close_stream(object->cache, stream);
			stream = NULL;
			tries = done > before ? 1 : tries + 1;
			before = done;
		}
		ret = stream ? 0 : open_stream(object, offset + done, &stream, err);
		if (ret != 0)
			return ret;
		ret = read_stream(object->cache, stream, data, len, &done, err);
	} while (ret != 0 && may_reopen(ret) && tries < REOPEN_TRIES);
	if (ret == 0 && stream->at < object->source.identity.size)
		put_stream(object, stream);
	else
		close_stream(object->cache, stream);
	return ret;
}

/* ---- blocks ---- */

/* The last block also contains the remainder, so that it holds an archive's index and label. */
static uint64_t last_block(const struct object *object)
{
	uint64_t count = object->source.identity.size / BLOCK;

	return count ? count - 1 : 0;
}

static uint64_t block_of(const struct object *object, uint64_t offset)
{
	uint64_t number = offset / BLOCK, last = last_block(object);

	return number < last ? number : last;
}

static size_t block_length(const struct object *object, uint64_t number)
{
	if (number < last_block(object))
		return (size_t)BLOCK;
	return (size_t)(object->source.identity.size - number * BLOCK);
}

/* Finds a block of the object; NULL: not in the cache. The caller holds the lock. */
static struct block *find_block(struct object *object, uint64_t number)
{
	struct block *block;

	TAILQ_FOREACH_REVERSE(block, &object->cache->blocks, blocks, link)
	if (block->object == object && block->number == number)
		return block;
	return NULL;
}

/* Adds a block to fetch. NULL: out of memory. The caller holds the lock. */
static struct block *add_block(struct object *object, uint64_t number)
{
	struct block *block = calloc(1, sizeof(*block));

	if (!block)
		return NULL;
	block->object = object;
	block->number = number;
	block->len = block_length(object, number);
	block->state = FETCHING;
	TAILQ_INSERT_TAIL(&object->cache->blocks, block, link);
	return block;
}

/* Publishes the bytes of a fetched block. data NULL: fetching failed, and waiting readers try
 * themselves. */
static void finish_block(struct rdb_object_cache *cache, struct block *block, char *data)
{
	pthread_mutex_lock(&cache->lock);
	if (data) {
		make_room(cache, block->len);
		block->data = data;
		block->state = PRESENT;
		block->pins++;
		add_used(cache, block->len);
	} else {
		drop_block(cache, block);
	}
	pthread_cond_broadcast(&cache->fetched);
	pthread_mutex_unlock(&cache->lock);
}

/* Returns whether reading continues from the previous block. If so, one request covers the object
 * up to its end. */
static bool goes_on(struct object *object, uint64_t number)
{
	const struct block *before = number ? find_block(object, number - 1) : NULL;

	return before && before->state == PRESENT && number < last_block(object);
}

static int fetch(struct object *object, const struct block *block, struct stream *stream,
	bool streaming, char *data, struct rdb_err *err)
{
	const struct rdb_object_ops *ops = object->ops;
	uint64_t offset = block->number * BLOCK;
	int ret;

	if (!stream && ops->recall && ops->recall(object->remote, offset, data, block->len))
		return 0;
	if (stream || streaming)
		ret = fetch_streaming(object, stream, offset, data, block->len, err);
	else
		ret = ops->get(
			object->remote, offset, data, block->len, &object->cache->cancel, err);
	if (ret == 0 && ops->keep)
		ops->keep(object->remote, offset, data, block->len);
	return ret;
}

/* Fetches a block that no other reader fetches. The caller holds the lock, which is released during
 * the request. */
static int fetch_block(
	struct object *object, uint64_t number, struct block **out, struct rdb_err *err)
{
	struct rdb_object_cache *cache = object->cache;
	struct stream *stream = take_stream(object, number * BLOCK);
	bool streaming = goes_on(object, number);
	struct block *block = add_block(object, number);
	char *data;
	int ret;

	pthread_mutex_unlock(&cache->lock);
	data = block ? malloc(block->len) : NULL;
	if (data)
		ret = fetch(object, block, stream, streaming, data, err);
	else
		ret = rdb_err_sys(err, ENOMEM, "%s", object->name);
	if (!data && stream)
		close_stream(cache, stream);
	if (ret != 0) {
		free(data);
		data = NULL;
	}
	if (block)
		finish_block(cache, block, data);
	pthread_mutex_lock(&cache->lock);
	*out = block;
	return ret;
}

/* Returns a block, pinned; fetches it if needed. */
static int get_block(
	struct object *object, uint64_t number, struct block **out, struct rdb_err *err)
{
	struct rdb_object_cache *cache = object->cache;
	struct block *block;
	int ret = 0;

	pthread_mutex_lock(&cache->lock);
	while ((block = find_block(object, number)) && block->state == FETCHING)
		pthread_cond_wait(&cache->fetched, &cache->lock);
	if (block) {
		block->pins++;
		TAILQ_REMOVE(&cache->blocks, block, link);
		TAILQ_INSERT_TAIL(&cache->blocks, block, link);
	} else {
		ret = fetch_block(object, number, &block, err);
	}
	pthread_mutex_unlock(&cache->lock);
	*out = block;
	return ret;
}

static void put_block(struct object *object, struct block *block)
{
	struct rdb_object_cache *cache = object->cache;

	pthread_mutex_lock(&cache->lock);
	block->pins--;
	make_room(cache, 0);
	pthread_mutex_unlock(&cache->lock);
}

/* ---- the source ---- */

static int read_error(const struct object *object, int ret, struct rdb_err *err)
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
	struct object *object = to_object(source);
	size_t done = 0;

	if (off >= source->identity.size)
		return 0;
	if (len > source->identity.size - off)
		len = (size_t)(source->identity.size - off);
	while (done < len) {
		uint64_t number = block_of(object, off + done);
		uint64_t inside = off + done - number * BLOCK;
		struct block *block;
		size_t n;
		int ret = get_block(object, number, &block, err);
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

static struct stream *take_any(struct object *object)
{
	struct rdb_object_cache *cache = object->cache;
	struct stream *stream;

	pthread_mutex_lock(&cache->lock);
	TAILQ_FOREACH(stream, &cache->idle, link)
	if (stream->object == object)
		break;
	if (stream)
		unlink_stream(cache, stream);
	pthread_mutex_unlock(&cache->lock);
	return stream;
}

static void object_close(struct rdb_source *source)
{
	struct object *object = to_object(source);
	struct rdb_object_cache *cache = object->cache;
	struct block *block, *next;
	struct stream *stream;

	pthread_mutex_lock(&cache->lock);
	for (block = TAILQ_FIRST(&cache->blocks); block; block = next) {
		next = TAILQ_NEXT(block, link);
		if (block->object == object)
			drop_block(cache, block);
	}
	pthread_mutex_unlock(&cache->lock);
	while ((stream = take_any(object)))
		close_stream(cache, stream);
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
	struct object *object = calloc(1, sizeof(*object));

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
	pthread_cond_destroy(&cache->fetched);
	pthread_mutex_destroy(&cache->lock);
	free(cache);
}

uint64_t rdb_object_cache_used(struct rdb_object_cache *cache)
{
	uint64_t used;

	pthread_mutex_lock(&cache->lock);
	used = cache->used;
	pthread_mutex_unlock(&cache->lock);
	return used;
}

void rdb_object_cache_cancel(struct rdb_object_cache *cache)
{
	rdb_cancel_fire(&cache->cancel);
}
