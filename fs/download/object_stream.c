/* The streaming requests for one version of an object. */
#include "download/object_private.h"

#include <errno.h>
#include <stdlib.h>

#define WINDOW_MIN ((size_t)1 << 20)
#define WINDOW_POOR ((size_t)128 << 10) /* bytes of a window when the budget is used up */
#define STREAMS 16                      /* largest number of idle streams per cache */
#define REOPEN_TRIES 4 /* attempts in a row to reopen a stream, without new bytes */

void rdb_object_stream_close(struct rdb_object_cache *cache, struct rdb_object_stream *stream)
{
	rdb_http_stream_close(stream->http);
	rdb_object_window_release(cache, stream->window);
	free(stream);
}

/* Removes the stream from the cache's list of idle streams. The caller holds cache->lock. */
static void unlink_stream(struct rdb_object_cache *cache, struct rdb_object_stream *stream)
{
	TAILQ_REMOVE(&cache->idle, stream, link);
	cache->idle_count--;
}

struct rdb_object_stream *rdb_object_stream_pop(struct rdb_object *object, uint64_t offset)
{
	struct rdb_object_stream *stream;

	TAILQ_FOREACH(stream, &object->cache->idle, link)
	{
		if (stream->object != object || stream->at != offset)
			continue;
		unlink_stream(object->cache, stream);
		return stream;
	}
	return NULL;
}

/* Removes the stream with the longest idle time from the list if too many streams are idle or
 * memory is short. Returns the removed stream for the caller to close, or NULL if no stream was
 * removed. */
static struct rdb_object_stream *pop_surplus(struct rdb_object_cache *cache)
{
	struct rdb_object_stream *stream = NULL;

	pthread_mutex_lock(&cache->lock);
	if (cache->idle_count > STREAMS ||
		(cache->idle_count > 1 && !rdb_object_cache_make_room(cache, 0)))
		stream = TAILQ_FIRST(&cache->idle);
	if (stream)
		unlink_stream(cache, stream);
	pthread_mutex_unlock(&cache->lock);
	return stream;
}

static void put_stream(struct rdb_object *object, struct rdb_object_stream *stream)
{
	struct rdb_object_cache *cache = object->cache;

	pthread_mutex_lock(&cache->lock);
	TAILQ_INSERT_TAIL(&cache->idle, stream, link);
	cache->idle_count++;
	pthread_mutex_unlock(&cache->lock);
	while ((stream = pop_surplus(cache)))
		rdb_object_stream_close(cache, stream);
}

static int open_stream(struct rdb_object *object, uint64_t offset, struct rdb_object_stream **out,
	struct rdb_err *err)
{
	struct rdb_object_cache *cache = object->cache;
	struct rdb_object_stream *stream = calloc(1, sizeof(*stream));
	int ret;

	if (!stream)
		return rdb_err_sys(err, ENOMEM, "%s", object->name);
	/* Use WINDOW_MIN bytes if the budget has room for them. Otherwise use WINDOW_POOR bytes and
	 * exceed the budget, because a stream cannot work without a window. */
	stream->window = WINDOW_MIN;
	if (!rdb_object_window_reserve(cache, WINDOW_MIN)) {
		stream->window = WINDOW_POOR;
		pthread_mutex_lock(&cache->lock);
		rdb_object_cache_add(cache, WINDOW_POOR);
		cache->windows += WINDOW_POOR;
		pthread_mutex_unlock(&cache->lock);
	}
	stream->object = object;
	stream->at = offset;
	ret = object->ops->stream(object->remote, offset, object->source.identity.size - offset,
		stream->window, &cache->cancel, &stream->http, err);
	if (ret != 0) {
		stream->http = NULL;
		rdb_object_stream_close(cache, stream);
		return ret;
	}
	*out = stream;
	return 0;
}

/* Enlarges the stream's window, the number of bytes to receive ahead of the reader. Does nothing
 * until the reader has read a whole window. */
static void widen(struct rdb_object_cache *cache, struct rdb_object_stream *stream)
{
	size_t more = stream->window < WINDOW_MIN ? WINDOW_MIN - stream->window : stream->window;

	if (stream->read < stream->window || stream->window >= RDB_OBJECT_WINDOW_MAX)
		return;
	stream->read = 0;
	if (!rdb_object_window_reserve(cache, more))
		return;
	if (rdb_http_stream_widen(stream->http, stream->window + more) == 0)
		stream->window += more;
	else
		rdb_object_window_release(cache, more);
}

/* Reads from the stream until "data" has len bytes. *done counts the bytes in "data", including the
 * bytes of earlier calls, so that a read can continue after an error. */
static int read_stream(struct rdb_object_cache *cache, struct rdb_object_stream *stream, char *data,
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

int rdb_object_stream_fetch(struct rdb_object *object, struct rdb_object_stream *stream,
	uint64_t offset, char *data, size_t len, struct rdb_err *err)
{
	size_t done = 0, before = 0;
	int ret = 0, tries = 0;

	do {
		if (ret != 0) {
			rdb_object_stream_close(object->cache, stream);
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
		rdb_object_stream_close(object->cache, stream);
	return ret;
}

struct rdb_object_stream *rdb_object_stream_pop_any(struct rdb_object *object)
{
	struct rdb_object_cache *cache = object->cache;
	struct rdb_object_stream *stream;

	pthread_mutex_lock(&cache->lock);
	TAILQ_FOREACH(stream, &cache->idle, link)
	if (stream->object == object)
		break;
	if (stream)
		unlink_stream(cache, stream);
	pthread_mutex_unlock(&cache->lock);
	return stream;
}
