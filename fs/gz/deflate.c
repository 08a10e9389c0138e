#include "gz/deflate.h"

#include "base/pool.h"
#include "base/thread.h"
#include "gz/compressors.h"
#include "gz/crc.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct chunk {
	struct rdb_deflate *stream;
	struct chunk *next; /* next in the stream, or in the list of free chunks */
	bool done;          /* compressed, or failed */
	int error;          /* positive errno if compression failed, else 0 */
	uint32_t crc;
	struct rdb_buf packed;
	size_t len;
	uint8_t text[RDB_DEFLATE_CHUNK];
};

struct rdb_deflater {
	struct rdb_compressors compressors;
	unsigned limit; /* largest number of chunks submitted at a time */
	struct rdb_pool *pool;
	pthread_mutex_t lock; /* guards the fields below, and the shared fields of the streams */
	pthread_cond_t moved; /* signalled when a chunk is finished, and at cancellation */
	struct chunk *chunks; /* free chunks */
	unsigned under_way;
	bool cancelled;
};

struct rdb_deflate {
	struct rdb_deflater *deflater;
	struct rdb_deflate_sink sink;
	struct chunk *filling; /* used only by the producer */
	bool submitted; /* whether any text was passed to the threads; used only by the producer */
	/* The deflater's lock guards the fields below. */
	struct chunk *first; /* submitted chunks in the order of the text */
	struct chunk **last;
	bool delivering; /* whether a thread is passing spans to the sink */
	bool closing;
	struct rdb_err error; /* first error, after which the stream fails */
};

/* ---- the deflater ---- */

int rdb_deflater_create(
	const struct rdb_deflate_options *options, struct rdb_deflater **out, struct rdb_err *err)
{
	unsigned threads = options->threads ? options->threads : rdb_thread_processors();
	struct rdb_deflater *deflater;

	if (options->level < 0 || options->level > RDB_DEFLATE_LEVEL_MAX)
		return rdb_err_set(err, EINVAL, "compression level %d: levels are 0 to %d",
			options->level, RDB_DEFLATE_LEVEL_MAX);
	deflater = calloc(1, sizeof(*deflater));
	if (!deflater || rdb_pool_create(threads, options->low, &deflater->pool) != 0) {
		free(deflater);
		return rdb_err_sys(err, ENOMEM, "compression");
	}
	rdb_compressors_init(&deflater->compressors, options->level);
	deflater->limit = 2 * threads + 2;
	pthread_mutex_init(&deflater->lock, NULL);
	pthread_cond_init(&deflater->moved, NULL);
	*out = deflater;
	return 0;
}

static void chunk_free(struct chunk *chunk)
{
	if (!chunk)
		return;
	rdb_buf_free(&chunk->packed);
	free(chunk);
}

void rdb_deflater_destroy(struct rdb_deflater *deflater)
{
	if (!deflater)
		return;
	rdb_pool_destroy(deflater->pool);
	while (deflater->chunks) {
		struct chunk *chunk = deflater->chunks;
		deflater->chunks = chunk->next;
		chunk_free(chunk);
	}
	rdb_compressors_free(&deflater->compressors);
	pthread_cond_destroy(&deflater->moved);
	pthread_mutex_destroy(&deflater->lock);
	free(deflater);
}

void rdb_deflater_cancel(struct rdb_deflater *deflater)
{
	pthread_mutex_lock(&deflater->lock);
	deflater->cancelled = true;
	pthread_cond_broadcast(&deflater->moved);
	pthread_mutex_unlock(&deflater->lock);
}

int rdb_deflate_once(struct rdb_deflater *deflater, const void *text, size_t len,
	struct rdb_buf *out, struct rdb_err *err)
{
	const uint8_t *at = text;
	int ret = 0;

	while (len && ret == 0) {
		size_t n = len < RDB_DEFLATE_CHUNK ? len : RDB_DEFLATE_CHUNK;
		ret = rdb_compressors_pack(&deflater->compressors, at, n, out);
		at += n;
		len -= n;
	}
	return ret ? rdb_err_sys(err, -ret, "compression") : 0;
}

/* ---- chunks under way ---- */

static struct chunk *chunk_get(struct rdb_deflate *stream)
{
	struct rdb_deflater *deflater = stream->deflater;
	struct chunk *chunk;

	pthread_mutex_lock(&deflater->lock);
	chunk = deflater->chunks;
	if (chunk)
		deflater->chunks = chunk->next;
	pthread_mutex_unlock(&deflater->lock);
	if (!chunk) {
		chunk = malloc(sizeof(*chunk));
		if (!chunk)
			return NULL;
		chunk->packed = (struct rdb_buf){0};
	}
	chunk->stream = stream;
	chunk->next = NULL;
	chunk->done = false;
	chunk->error = 0;
	chunk->len = 0;
	return chunk;
}

static void chunk_put(struct rdb_deflater *deflater, struct chunk *chunk)
{
	rdb_buf_clear(&chunk->packed);
	chunk->next = deflater->chunks;
	deflater->chunks = chunk;
}

/* Returns true if the stream's sink must receive no more compressed text, because the stream has
 * failed, the stream is being closed, or stream->deflater was cancelled. The caller holds the
 * deflater's lock. */
static bool dead(const struct rdb_deflate *stream)
{
	return stream->deflater->cancelled || stream->closing || stream->error.code;
}

static int pass_to_sink(struct rdb_deflate *stream, struct chunk *chunk, struct rdb_err *err)
{
	struct rdb_deflate_span span = {
		.data = chunk->packed.data,
		.len = chunk->packed.len,
		.text_len = chunk->len,
		.crc = chunk->crc,
	};

	if (chunk->error)
		return rdb_err_sys(err, chunk->error, "compression");
	return stream->sink.span(stream->sink.arg, &span, err);
}

/* Passes compressed chunks to the stream's sink, in the order of the uncompressed data. The caller
 * holds the deflater's lock. The lock is released while the sink runs. */
static void deliver(struct rdb_deflate *stream)
{
	struct rdb_deflater *deflater = stream->deflater;
	struct rdb_err err = {0};
	struct chunk *chunk;

	if (stream->delivering)
		return;
	stream->delivering = true;
	while ((chunk = stream->first) && chunk->done) {
		if (!dead(stream)) {
			pthread_mutex_unlock(&deflater->lock);
			int ret = pass_to_sink(stream, chunk, &err);
			pthread_mutex_lock(&deflater->lock);
			if (ret != 0)
				stream->error = err;
		}
		stream->first = chunk->next;
		if (!stream->first)
			stream->last = &stream->first;
		chunk_put(deflater, chunk);
		deflater->under_way--;
		pthread_cond_broadcast(&deflater->moved);
	}
	stream->delivering = false;
	pthread_cond_broadcast(&deflater->moved);
}

static void compress_task(void *arg)
{
	struct chunk *chunk = arg;
	struct rdb_deflate *stream = chunk->stream;
	struct rdb_deflater *deflater = stream->deflater;
	bool wanted;

	pthread_mutex_lock(&deflater->lock);
	wanted = !dead(stream);
	pthread_mutex_unlock(&deflater->lock);
	if (wanted) {
		chunk->crc = rdb_crc32(0, chunk->text, chunk->len);
		chunk->error = -rdb_compressors_pack(
			&deflater->compressors, chunk->text, chunk->len, &chunk->packed);
	}
	pthread_mutex_lock(&deflater->lock);
	chunk->done = true;
	deliver(stream);
	pthread_mutex_unlock(&deflater->lock);
}

/* ---- a stream ---- */

int rdb_deflate_open(struct rdb_deflater *deflater, const struct rdb_deflate_sink *sink,
	struct rdb_deflate **out, struct rdb_err *err)
{
	struct rdb_deflate *stream = calloc(1, sizeof(*stream));

	if (!stream)
		return rdb_err_sys(err, ENOMEM, "compression");
	stream->deflater = deflater;
	stream->sink = *sink;
	stream->last = &stream->first;
	*out = stream;
	return 0;
}

/* Returns 0, the stream's error as a negative errno, or -ECANCELED if the deflater was cancelled.
 * The caller holds the deflater's lock. */
static int stream_error(const struct rdb_deflate *stream, struct rdb_err *err)
{
	if (stream->error.code) {
		if (err)
			*err = stream->error;
		return -stream->error.code;
	}
	if (stream->deflater->cancelled)
		return rdb_err_set(err, ECANCELED, "cancelled");
	return 0;
}

/* Passes the stream's current chunk to the threads that compress. First waits while deflater->limit
 * chunks are under way. */
static int submit(struct rdb_deflate *stream, struct rdb_err *err)
{
	struct rdb_deflater *deflater = stream->deflater;
	struct chunk *chunk = stream->filling;
	int ret;

	pthread_mutex_lock(&deflater->lock);
	while (!dead(stream) && deflater->under_way >= deflater->limit)
		pthread_cond_wait(&deflater->moved, &deflater->lock);
	ret = stream_error(stream, err);
	if (ret == 0) {
		stream->submitted = true;
		stream->filling = NULL;
		*stream->last = chunk;
		stream->last = &chunk->next;
		deflater->under_way++;
	}
	pthread_mutex_unlock(&deflater->lock);
	if (ret == 0 && rdb_pool_run(deflater->pool, compress_task, chunk) != 0)
		compress_task(chunk);
	return ret;
}

int rdb_deflate_write(struct rdb_deflate *stream, const void *text, size_t len, struct rdb_err *err)
{
	const uint8_t *at = text;

	while (len) {
		if (!stream->filling && !(stream->filling = chunk_get(stream)))
			return rdb_err_sys(err, ENOMEM, "compression");
		struct chunk *chunk = stream->filling;
		size_t room = RDB_DEFLATE_CHUNK - chunk->len;
		size_t n = len < room ? len : room;
		memcpy(chunk->text + chunk->len, at, n);
		chunk->len += n;
		at += n;
		len -= n;
		int ret = chunk->len == RDB_DEFLATE_CHUNK ? submit(stream, err) : 0;
		if (ret != 0)
			return ret;
	}
	return 0;
}

bool rdb_deflate_peek(const struct rdb_deflate *stream, const void **text, size_t *len)
{
	*text = stream->filling ? stream->filling->text : NULL;
	*len = stream->filling ? stream->filling->len : 0;
	return !stream->submitted;
}

int rdb_deflate_flush(struct rdb_deflate *stream, struct rdb_err *err)
{
	struct rdb_deflater *deflater = stream->deflater;
	int ret = 0;

	if (stream->filling && stream->filling->len)
		ret = submit(stream, err);
	if (ret != 0)
		return ret;
	pthread_mutex_lock(&deflater->lock);
	while (stream->first || stream->delivering)
		pthread_cond_wait(&deflater->moved, &deflater->lock);
	ret = stream_error(stream, err);
	pthread_mutex_unlock(&deflater->lock);
	return ret;
}

void rdb_deflate_close(struct rdb_deflate *stream)
{
	struct rdb_deflater *deflater;

	if (!stream)
		return;
	deflater = stream->deflater;
	pthread_mutex_lock(&deflater->lock);
	stream->closing = true;
	while (stream->first || stream->delivering)
		pthread_cond_wait(&deflater->moved, &deflater->lock);
	if (stream->filling)
		chunk_put(deflater, stream->filling);
	pthread_mutex_unlock(&deflater->lock);
	free(stream);
}
