#include "gz/deflate.h"

#include "base/pool.h"
#include "gz/crc.h"

#include <errno.h>
#ifdef RDBFS_ISAL
#include <isa-l.h>
#endif
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#define ISAL_LEVEL_MAX 3

#ifdef RDBFS_ISAL
#define IS_ISAL(level) ((level) <= ISAL_LEVEL_MAX)
#else
#define IS_ISAL(level) false
#endif

/* State of a compressor, used by one thread at a time. A thread that finds no free compressor
 * creates a new one. */
struct compressor {
#ifdef RDBFS_ISAL
	struct isal_zstream isal;
#endif
	uint8_t *isal_buf;
	z_stream zlib;
	struct compressor *next;
};

struct chunk {
	struct rdb_deflate *stream;
	struct chunk
		*next; /* next chunk in the order of the stream, or in the list of free chunks */
	bool done;     /* compressed, or failed */
	int error;     /* positive errno if compression failed, else 0 */
	uint32_t crc;
	struct rdb_buf packed;
	size_t len;
	uint8_t text[RDB_DEFLATE_CHUNK];
};

struct rdb_deflater {
	int level;
	unsigned limit; /* largest number of chunks submitted at a time */
	struct rdb_pool *pool;
	pthread_mutex_t lock; /* guards the fields below, and the shared fields of the streams */
	pthread_cond_t moved; /* signalled when a chunk is finished, and at cancellation */
	struct compressor *compressors;
	struct chunk *chunks; /* free ones */
	unsigned under_way;
	bool cancelled;
};

struct rdb_deflate {
	struct rdb_deflater *deflater;
	struct rdb_deflate_sink sink;
	struct chunk *filling; /* the producer's own */
	bool submitted; /* whether any text was passed to the threads; used only by the producer */
	/* The deflater's lock guards the fields below. */
	struct chunk *first; /* submitted chunks in the order of the text */
	struct chunk **last;
	bool delivering; /* whether a thread is passing spans to the sink */
	bool closing;
	struct rdb_err error; /* first error, after which the stream fails */
};

/* ---- compressing one chunk ---- */

static void compressor_free(struct compressor *c)
{
	if (!c)
		return;
	deflateEnd(&c->zlib);
	free(c->isal_buf);
	free(c);
}

#ifdef RDBFS_ISAL
static bool init_isal(struct compressor *c, int level)
{
	isal_deflate_init(&c->isal);
	c->isal.level = (uint32_t)level;
	c->isal.level_buf_size = ISAL_DEF_LVL3_EXTRA_LARGE;
	c->isal_buf = malloc(ISAL_DEF_LVL3_EXTRA_LARGE);
	c->isal.level_buf = c->isal_buf;
	return c->isal_buf != NULL;
}
#else
static bool init_isal(struct compressor *c, int level)
{
	(void)c, (void)level;
	return false;
}
#endif

/* Initializes zlib. Level 0 becomes 1, because level 0 of ISA-L compresses but level 0 of zlib does
 * not. */
static bool init_zlib(struct compressor *c, int level)
{
	return deflateInit2(&c->zlib, level ? level : 1, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY) ==
	       Z_OK;
}

static struct compressor *compressor_create(int level)
{
	struct compressor *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	if (IS_ISAL(level) ? init_isal(c, level) : init_zlib(c, level))
		return c;
	compressor_free(c);
	return NULL;
}

static struct compressor *compressor_get(struct rdb_deflater *deflater)
{
	struct compressor *c;

	pthread_mutex_lock(&deflater->lock);
	c = deflater->compressors;
	if (c)
		deflater->compressors = c->next;
	pthread_mutex_unlock(&deflater->lock);
	return c ? c : compressor_create(deflater->level);
}

static void compressor_put(struct rdb_deflater *deflater, struct compressor *c)
{
	pthread_mutex_lock(&deflater->lock);
	c->next = deflater->compressors;
	deflater->compressors = c;
	pthread_mutex_unlock(&deflater->lock);
}

/* The functions pack_isal() and pack_zlib() compress a chunk of text and append the result to out
 * as one span. They return 0, -ENOMEM or -EIO. */
#ifdef RDBFS_ISAL
static int pack_isal(struct compressor *c, const uint8_t *text, size_t len, struct rdb_buf *out)
{
	struct isal_zstream *z = &c->isal;

	isal_deflate_reset(z);
	z->flush = FULL_FLUSH;
	z->end_of_stream = 0;
	z->next_in = (uint8_t *)text;
	z->avail_in = (uint32_t)len;
	do {
		if (rdb_buf_reserve(out, len + len / 8 + 1024) != 0)
			return -ENOMEM;
		size_t room = out->cap - out->len;
		z->next_out = (uint8_t *)out->data + out->len;
		z->avail_out = room > UINT32_MAX ? UINT32_MAX : (uint32_t)room;
		if (isal_deflate(z) != COMP_OK)
			return -EIO;
		out->len = (size_t)(z->next_out - (uint8_t *)out->data);
	} while (z->avail_out == 0 || z->avail_in != 0);
	return 0;
}

#else
static int pack_isal(struct compressor *c, const uint8_t *text, size_t len, struct rdb_buf *out)
{
	(void)c, (void)text, (void)len, (void)out;
	return -EIO;
}
#endif

static int pack_zlib(struct compressor *c, const uint8_t *text, size_t len, struct rdb_buf *out)
{
	z_stream *z = &c->zlib;

	if (deflateReset(z) != Z_OK)
		return -EIO;
	z->next_in = (uint8_t *)text;
	z->avail_in = (uInt)len;
	do {
		if (rdb_buf_reserve(out, len + len / 8 + 1024) != 0)
			return -ENOMEM;
		size_t room = out->cap - out->len;
		z->next_out = (uint8_t *)out->data + out->len;
		z->avail_out = room > UINT32_MAX ? UINT32_MAX : (uInt)room;
		int ret = deflate(z, Z_FULL_FLUSH);
		if (ret != Z_OK && ret != Z_BUF_ERROR)
			return -EIO;
		out->len = (size_t)(z->next_out - (uint8_t *)out->data);
	} while (z->avail_out == 0);
	return 0;
}

static int pack(struct rdb_deflater *deflater, const uint8_t *text, size_t len, struct rdb_buf *out)
{
	struct compressor *c = compressor_get(deflater);
	int ret;

	if (!c)
		return -ENOMEM;
	if (IS_ISAL(deflater->level))
		ret = pack_isal(c, text, len, out);
	else
		ret = pack_zlib(c, text, len, out);
	compressor_put(deflater, c);
	return ret;
}

/* ---- the deflater ---- */

static unsigned processors(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) == 0 && CPU_COUNT(&set) > 0)
		return (unsigned)CPU_COUNT(&set);
	long online = sysconf(
		_SC_NPROCESSORS_ONLN); /* used if the CPU set is too small for all processors */
	return online > 0 ? (unsigned)online : 1;
}

int rdb_deflater_create(
	const struct rdb_deflate_options *options, struct rdb_deflater **out, struct rdb_err *err)
{
	unsigned threads = options->threads ? options->threads : processors();
	struct rdb_deflater *deflater;

	if (options->level < 0 || options->level > RDB_DEFLATE_LEVEL_MAX)
		return rdb_err_set(err, EINVAL, "there is no compression level %d, only 0 to %d",
			options->level, RDB_DEFLATE_LEVEL_MAX);
	deflater = calloc(1, sizeof(*deflater));
	if (!deflater || rdb_pool_create(threads, options->low, &deflater->pool) != 0) {
		free(deflater);
		return rdb_err_sys(err, ENOMEM, "compression");
	}
	deflater->level = options->level;
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
	while (deflater->compressors) {
		struct compressor *c = deflater->compressors;
		deflater->compressors = c->next;
		compressor_free(c);
	}
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
		ret = pack(deflater, at, n, out);
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

/* Returns a chunk to the list of free chunks. The caller holds the lock. */
static void chunk_put(struct rdb_deflater *deflater, struct chunk *chunk)
{
	rdb_buf_clear(&chunk->packed);
	chunk->next = deflater->chunks;
	deflater->chunks = chunk;
}

/* Returns whether the stream delivers no further spans. The caller holds the lock. */
static bool dead(const struct rdb_deflate *stream)
{
	return stream->deflater->cancelled || stream->closing || stream->error.code;
}

static int hand_over(struct rdb_deflate *stream, struct chunk *chunk, struct rdb_err *err)
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

/* Passes compressed chunks to the sink in the order of the text. The caller holds the lock, which
 * is released during calls of the sink. */
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
			int ret = hand_over(stream, chunk, &err);
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
		chunk->error = -pack(deflater, chunk->text, chunk->len, &chunk->packed);
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

/* Stores the stream's error in *err and returns the error, or 0 if the stream has none. The caller
 * holds the lock. */
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

/* Passes the current chunk to the threads. Waits while too many chunks are submitted. */
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

/* ---- the frame ---- */

static void put_le32(uint8_t *out, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		out[i] = (uint8_t)(value >> (8 * i));
}

void rdb_deflate_stored_head(uint8_t head[RDB_DEFLATE_STORED_HEAD], size_t len, bool last)
{
	head[0] = last;
	head[1] = (uint8_t)len;
	head[2] = (uint8_t)(len >> 8);
	head[3] = (uint8_t)~head[1];
	head[4] = (uint8_t)~head[2];
}

/* Appends padding in pieces of 5 or 6 bytes. A piece of 5 bytes is an empty stored block. A piece
 * of 6 bytes has an empty block of fixed codes before the stored block. */
int rdb_deflate_padding(struct rdb_buf *out, size_t len)
{
	int ret = 0;

	for (size_t six = len % 5; six && ret == 0; six--, len -= 6)
		ret = rdb_buf_add(out, "\x02\0\0\0\xff\xff", 6);
	for (; len && ret == 0; len -= 5)
		ret = rdb_buf_add(out, "\0\0\0\xff\xff", 5);
	return ret;
}

size_t rdb_gzip_header(uint8_t *out, uint32_t mtime, int level, const char *comment)
{
	size_t len = strlen(comment);

	memcpy(out, "\x1f\x8b\x08\x10", 4); /* magic bytes, method deflate, flag for a comment */
	put_le32(out + 4, mtime);
	out[8] = level == 9   ? 2
		 : level <= 1 ? 4
			      : 0; /* extra flags of gzip: 2 for slowest, 4 for fastest */
	out[9] = 3;                /* Unix */
	memcpy(out + 10, comment, len + 1);
	return RDB_GZIP_HEADER(len);
}

void rdb_gzip_trailer(uint8_t out[RDB_GZIP_TRAILER], uint32_t crc, uint64_t text_len)
{
	put_le32(out, crc);
	put_le32(out + 4, (uint32_t)text_len);
}
