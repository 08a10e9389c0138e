/*
 * Decompressed bytes at any offset of one archive. A stream is a decoder with the blocks it decoded
 * last: sequential reads need no seek, reads slightly out of order are served from those blocks,
 * reads elsewhere enter at the nearest checkpoint. Two streams decode for one sequential reader of
 * an archive with checkpoints, each a span between two of them.
 *
 * Unused streams stay in the cache, for the next read that begins where they end; the least
 * recently used one is dropped first. The cache's size limits all decompressed data of the process;
 * it may be exceeded by streams in use, and by blocks that replies still use after their stream has
 * dropped them.
 */
#ifndef RDB_ARCHIVE_STREAM_H
#define RDB_ARCHIVE_STREAM_H

#include "archive/archive.h"
#include "format/decoder.h"
#include "format/nested_decoder.h"
#include "index/index.h"

#define RDB_STREAM_BLOCK (256 * 1024)
#define RDB_STREAM_BLOCKS 8

struct rdb_stream;
struct rdb_stream_cache;

/* The content that a stream reads; belongs to the archive and outlives its streams. */
struct rdb_content {
	struct rdb_source *source;
	enum rdb_format format;
	struct rdb_nest nest; /* with RDB_FORMAT_NESTED */
	struct rdb_index *index;
	const char *name;
	bool lenient; /* also serve content that differs from what was written */
};

/* Opens a decoder of the content. Returns 0, or an error of rdb_decoder_open(). */
static inline int rdb_content_open(
	const struct rdb_content *content, struct rdb_decoder **out, struct rdb_err *err)
{
	return content->format == RDB_FORMAT_NESTED
		       ? rdb_nest_open(content->source, &content->nest, out, err)
		       : rdb_decoder_open(content->source, content->format, out, err);
}

/* Creates a cache. budget, decoders: as in struct rdb_archive_env_options. Returns 0 or -ENOMEM. */
int rdb_stream_cache_create(
	uint64_t size, struct rdb_budget *budget, unsigned decoders, struct rdb_stream_cache **out);
void rdb_stream_cache_free(struct rdb_stream_cache *cache);
uint64_t rdb_stream_cache_used(struct rdb_stream_cache *cache);

/* Returns whether a stream was in use within the last ms milliseconds. */
bool rdb_stream_cache_active(struct rdb_stream_cache *cache, int ms);

/* Frees the idle streams of a content that is about to be freed. None may be in use. */
void rdb_stream_cache_forget(struct rdb_stream_cache *cache, const struct rdb_content *content);

/*
 * As rdb_stream_read() without waiting, if streams, in use or not, hold all of the bytes. Returns
 * false if they do not.
 */
bool rdb_stream_ready(struct rdb_stream_cache *cache, const struct rdb_content *content,
	uint64_t offset, size_t len, struct rdb_read *out);

/* Returns the end of the content that streams hold without a gap from offset on. */
uint64_t rdb_stream_reach(
	struct rdb_stream_cache *cache, const struct rdb_content *content, uint64_t offset);

/*
 * For a reader at offset that will continue to limit: decodes one more block behind the content
 * that streams hold. Returns the block's end; 0: no idle stream ends where the block begins.
 */
uint64_t rdb_stream_ahead(struct rdb_stream_cache *cache, const struct rdb_content *content,
	uint64_t offset, uint64_t limit);

/*
 * As rdb_stream_ahead(), for a second thread at the same time: decodes a block behind a later
 * checkpoint, in a separate stream, which holds up to a fifth of the cache. Returns false if there
 * is nothing to do, on failure, or if too many streams decode at once.
 */
bool rdb_stream_help(struct rdb_stream_cache *cache, const struct rdb_content *content,
	uint64_t offset, uint64_t limit);
bool rdb_stream_can_help(struct rdb_stream_cache *cache, const struct rdb_content *content,
	uint64_t offset, uint64_t limit);

/* For a reader that closes the content between offset and limit: allows other readers to use the
 * streams that decode it. */
void rdb_stream_leave(struct rdb_stream_cache *cache, const struct rdb_content *content,
	uint64_t offset, uint64_t limit);

/* Returns a stream of the content that is near enough to read len bytes at offset, for the caller
 * only. Waits at most for one block at that offset that rdb_stream_help() is decoding. Returns 0,
 * or an error of rdb_decoder_open(). */
int rdb_stream_take(struct rdb_stream_cache *cache, const struct rdb_content *content,
	uint64_t offset, size_t len, struct rdb_stream **out, struct rdb_err *err);
void rdb_stream_put(struct rdb_stream_cache *cache, struct rdb_stream *stream);

uint64_t rdb_stream_position(
	const struct rdb_stream *stream); /* offset up to which the stream has decoded */

/*
 * Returns len bytes (at most RDB_READ_MAX) at offset, valid until rdb_read_done(). Fewer only at
 * the end of the content.
 *   -EIO      the bytes are damaged, or are not the content that was indexed
 *   -ENOMEM
 */
int rdb_stream_read(struct rdb_stream *stream, uint64_t offset, size_t len, struct rdb_read *out,
	struct rdb_err *err);

/*
 * After a read up to offset: continues until the content that was read has been compared with the
 * checksums that its writer stored, if any.
 *   -EIO      it differs
 *   -ENOMEM
 */
int rdb_stream_confirm(struct rdb_stream *stream, uint64_t offset, struct rdb_err *err);

#endif
