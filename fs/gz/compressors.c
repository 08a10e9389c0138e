#include "gz/compressors.h"

#include <errno.h>
#ifdef RDBFS_ISAL
#include <isa-l.h>
#endif
#include <stdbool.h>
#include <stdlib.h>
#include <zlib.h>

#define ISAL_LEVEL_MAX 3

#ifdef RDBFS_ISAL
#define IS_ISAL(level) ((level) <= ISAL_LEVEL_MAX)
#else
#define IS_ISAL(level) false
#endif

/* A compressor belongs to one thread from acquire() to release(). */
struct compressor {
#ifdef RDBFS_ISAL
	struct isal_zstream isal;
#endif
	uint8_t *isal_buf;
	z_stream zlib;
	struct compressor *next;
};

/* ---- one compressor ---- */

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

/* Prepares zlib to write raw deflate data. Replaces level 0 by level 1: callers mean the fastest
 * compression by level 0, but zlib does not compress at level 0. */
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

/* ---- all of them ---- */

void rdb_compressors_init(struct rdb_compressors *pool, int level)
{
	pool->level = level;
	pool->unused = NULL;
	pthread_mutex_init(&pool->lock, NULL);
}

void rdb_compressors_free(struct rdb_compressors *pool)
{
	while (pool->unused) {
		struct compressor *c = pool->unused;
		pool->unused = c->next;
		compressor_free(c);
	}
	pthread_mutex_destroy(&pool->lock);
}

static struct compressor *acquire(struct rdb_compressors *pool)
{
	struct compressor *c;

	pthread_mutex_lock(&pool->lock);
	c = pool->unused;
	if (c)
		pool->unused = c->next;
	pthread_mutex_unlock(&pool->lock);
	return c ? c : compressor_create(pool->level);
}

static void release(struct rdb_compressors *pool, struct compressor *c)
{
	pthread_mutex_lock(&pool->lock);
	c->next = pool->unused;
	pool->unused = c;
	pthread_mutex_unlock(&pool->lock);
}

int rdb_compressors_pack(
	struct rdb_compressors *pool, const uint8_t *text, size_t len, struct rdb_buf *out)
{
	struct compressor *c = acquire(pool);
	int ret;

	if (!c)
		return -ENOMEM;
	if (IS_ISAL(pool->level))
		ret = pack_isal(c, text, len, out);
	else
		ret = pack_zlib(c, text, len, out);
	release(pool, c);
	return ret;
}
