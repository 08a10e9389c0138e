/*
 * Decompressed bytes at any offset of one archive. A stream is a decoder with the blocks it
 * decoded last: reading on is free of seeking, reading slightly out of order is served from
 * those blocks, reading far away enters at the nearest checkpoint. Two of them decode for one
 * reader who goes through an archive with checkpoints: a span between two of them each.
 *
 * Streams that nobody uses stay in the cache, least recently used first to go, so that the next
 * read of the same place finds one there. The cache's bytes are all that decompressed data
 * takes in the process; streams in use may exceed it, and blocks that an answer still goes out
 * from after their stream has dropped them.
 */
#ifndef RDB_ARCHIVE_STREAM_H
#define RDB_ARCHIVE_STREAM_H

#include "archive/archive.h"
#include "archive/decoder.h"
#include "archive/index.h"
#include "archive/nest.h"

#define RDB_STREAM_BLOCK (256 * 1024)
#define RDB_STREAM_BLOCKS 8

struct rdb_stream;
struct rdb_stream_cache;

/* What a stream reads; belongs to the archive and outlives its streams. */
struct rdb_content {
	struct rdb_source *source;
	enum rdb_format format;
	struct rdb_nest nest; /* with RDB_FORMAT_NESTED */
	struct rdb_index *index;
	const char *name;
	bool lenient; /* give also what is not what was written */
};

/* A decoder of it. 0, or as rdb_decoder_open(). */
static inline int rdb_content_open(
	const struct rdb_content *content, struct rdb_decoder **out, struct rdb_err *err)
{
	return content->format == RDB_FORMAT_NESTED
		       ? rdb_nest_open(content->source, &content->nest, out, err)
		       : rdb_decoder_open(content->source, content->format, out, err);
}

/* budget, decoders: as in struct rdb_archive_env_options. 0, -ENOMEM. */
int rdb_stream_cache_create(
	uint64_t size, struct rdb_budget *budget, unsigned decoders, struct rdb_stream_cache **out);
void rdb_stream_cache_free(struct rdb_stream_cache *cache);
uint64_t rdb_stream_cache_used(struct rdb_stream_cache *cache);

/* Whether one was in use within the last so many milliseconds. */
bool rdb_stream_cache_active(struct rdb_stream_cache *cache, int ms);

/* Frees the idle streams of a content that is about to go. None of it may be in use. */
void rdb_stream_cache_forget(struct rdb_stream_cache *cache, const struct rdb_content *content);

/*
 * The same bytes that rdb_stream_read() would give, without waiting, if all of them are in
 * streams, be they in use or not. False: they are not.
 */
bool rdb_stream_ready(struct rdb_stream_cache *cache, const struct rdb_content *content,
	uint64_t offset, size_t len, struct rdb_read *out);

/* Up to where streams hold all that follows offset. */
uint64_t rdb_stream_reach(
	struct rdb_stream_cache *cache, const struct rdb_content *content, uint64_t offset);

/*
 * For a reader that has come to offset and will go on to limit: decodes a block more where that
 * which streams hold of it ends. Returns where it ends then; 0 when no idle stream goes on there.
 */
uint64_t rdb_stream_ahead(struct rdb_stream_cache *cache, const struct rdb_content *content,
	uint64_t offset, uint64_t limit);

/*
 * The same for a second thread, while the first one does that: decodes a block behind a later
 * checkpoint, in a stream of its own, which holds up to a fifth of the cache. False: there was
 * nothing to do, or it failed, or as many streams are in use as may decode at once.
 */
bool rdb_stream_help(struct rdb_stream_cache *cache, const struct rdb_content *content,
	uint64_t offset, uint64_t limit);
bool rdb_stream_can_help(struct rdb_stream_cache *cache, const struct rdb_content *content,
	uint64_t offset, uint64_t limit);

/* For a reader that closes what lies between offset and limit: another may have the streams that
 * stand there. */
void rdb_stream_leave(struct rdb_stream_cache *cache, const struct rdb_content *content,
	uint64_t offset, uint64_t limit);

/* A stream of the content that is well placed to read len bytes at offset, for the caller
 * alone. Waits for at most a block that rdb_stream_help() decodes there. 0 or as
 * rdb_decoder_open(). */
int rdb_stream_take(struct rdb_stream_cache *cache, const struct rdb_content *content,
	uint64_t offset, size_t len, struct rdb_stream **out, struct rdb_err *err);
void rdb_stream_put(struct rdb_stream_cache *cache, struct rdb_stream *stream);

uint64_t rdb_stream_position(const struct rdb_stream *stream); /* up to which it has decoded */

/*
 * Gives len bytes (at most RDB_READ_MAX) at offset, the caller's until rdb_read_done(). Fewer
 * only at the end of the content.
 *   -EIO      damaged there, or not what the index was made from
 *   -ENOMEM
 */
int rdb_stream_read(struct rdb_stream *stream, uint64_t offset, size_t len, struct rdb_read *out,
	struct rdb_err *err);

/*
 * After a read up to offset: goes on until what was read has been compared with what the archive's
 * writer put in, if the archive tells.
 *   -EIO      it is something else
 *   -ENOMEM
 */
int rdb_stream_confirm(struct rdb_stream *stream, uint64_t offset, struct rdb_err *err);

#endif
