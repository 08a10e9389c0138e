/*
 * Streams return decompressed bytes at any offset of an archive. A stream is a decoder with the
 * blocks that it decoded last. Sequential reads need no seek. Reads that are slightly out of order
 * are served from the blocks. Other reads enter at the nearest checkpoint. If an archive has
 * checkpoints, two streams decode for a sequential reader, each a range between two checkpoints.
 *
 * Unused streams stay in the cache, for a read that begins where they end. The least recently used
 * stream is dropped first. The cache's size limits the decompressed data of the process. Streams
 * in use may exceed this limit, and so may blocks that replies still use.
 */
#ifndef RDB_ARCHIVE_STREAM_H
#define RDB_ARCHIVE_STREAM_H

#include "archive/archive_content.h"
#include "archive/read.h"
#include "base/budget.h"

#define RDB_STREAM_BLOCK (256 * 1024)
#define RDB_STREAM_BLOCKS 8

struct rdb_stream;
struct rdb_stream_cache;

/* Creates a cache. budget and decoders are as in struct rdb_archive_env_options. Returns 0 or
 * -ENOMEM. */
int rdb_stream_cache_create(
	uint64_t size, struct rdb_budget *budget, unsigned decoders, struct rdb_stream_cache **out);
void rdb_stream_cache_free(struct rdb_stream_cache *cache);
uint64_t rdb_stream_cache_used(struct rdb_stream_cache *cache);

/* Returns whether a stream was used within the last ms milliseconds. */
bool rdb_stream_cache_active(struct rdb_stream_cache *cache, int ms);

/* Frees the idle streams of a content that is about to be freed. No stream of the content may be in
 * use. */
void rdb_stream_cache_forget(struct rdb_stream_cache *cache, const struct rdb_content *content);

/*
 * Reads bytes like rdb_stream_read(), but without waiting. The bytes may be in several streams.
 * Returns false if the streams do not have all of the bytes.
 */
bool rdb_stream_ready(struct rdb_stream_cache *cache, const struct rdb_content *content,
	uint64_t offset, size_t len, struct rdb_read *out);

/* Returns the offset up to which streams have the content without a gap, from the parameter offset
 * on. */
uint64_t rdb_stream_reach(
	struct rdb_stream_cache *cache, const struct rdb_content *content, uint64_t offset);

/*
 * Decodes one more block for a reader at the offset that will read on to the limit. The block lies
 * behind the content that streams already have. Returns the end of the decoded content, or 0 if no
 * block was decoded.
 */
uint64_t rdb_stream_ahead(struct rdb_stream_cache *cache, const struct rdb_content *content,
	uint64_t offset, uint64_t limit);

/*
 * Decodes a block behind a later checkpoint, in a separate stream, while another thread calls
 * rdb_stream_ahead(). The blocks of the separate stream use at most a fifth of the cache. Returns
 * false if decoding failed, if there is nothing to do, or if too many streams decode at the same
 * time.
 */
bool rdb_stream_help(struct rdb_stream_cache *cache, const struct rdb_content *content,
	uint64_t offset, uint64_t limit);
bool rdb_stream_can_help(struct rdb_stream_cache *cache, const struct rdb_content *content,
	uint64_t offset, uint64_t limit);

/* Allows other readers to use the streams that decode the content between offset and limit. Called
 * when a reader closes this content. */
void rdb_stream_abandon(struct rdb_stream_cache *cache, const struct rdb_content *content,
	uint64_t offset, uint64_t limit);

/* Stores in *out a stream that can read len bytes at the offset without decoding much before the
 * offset. The caller is the stream's only user until rdb_stream_release(). Waits only if
 * rdb_stream_help() is decoding the block at the offset. Returns 0, or an error of
 * rdb_decoder_open(). */
int rdb_stream_acquire(struct rdb_stream_cache *cache, const struct rdb_content *content,
	uint64_t offset, size_t len, struct rdb_stream **out, struct rdb_err *err);
void rdb_stream_release(struct rdb_stream_cache *cache, struct rdb_stream *stream);

/* ---- content that a scan decodes ---- */

/*
 * A scan decodes the whole content. Readers that follow closely behind the scan get its blocks, so
 * that the content is not decoded twice. Before the scan drops blocks, it waits for such readers.
 * Other readers neither wait for the scan nor delay the scan. One thread at a time calls the
 * functions of the scan.
 */

/* Adds a stream that a scan fills. Returns 0 or -ENOMEM. */
int rdb_stream_scan_open(
	struct rdb_stream_cache *cache, const struct rdb_content *content, struct rdb_stream **out);

/* Returns a block of RDB_STREAM_BLOCK bytes to decode into. Returns NULL if memory is exhausted. */
struct rdb_block *rdb_stream_scan_block(struct rdb_stream *stream);

/* Publishes len decoded bytes, which begin at the offset start. Takes ownership of the reference to
 * the block, whose content does not change any more. */
void rdb_stream_scan_add(
	struct rdb_stream *stream, uint64_t start, struct rdb_block *block, size_t len);

/* Records whether a thread runs the scan. Readers do not wait for a scan without a thread. */
void rdb_stream_scan_run(struct rdb_stream *stream, bool runs);

enum rdb_stream_pace {
	RDB_STREAM_ALONE,    /* no reader follows the scan */
	RDB_STREAM_FOLLOWED, /* readers follow the scan closely */
	RDB_STREAM_FAR,      /* readers are slow, and the next block would drop bytes they need */
};

/* Delays a scan whose next block would drop bytes that a following reader needs, for at most 100
 * ms. hurry(arg) returns true if the scan must not wait, and is called without a lock. Returns the
 * pace of the readers. */
enum rdb_stream_pace rdb_stream_scan_pace(
	struct rdb_stream *stream, bool (*hurry)(void *arg), void *arg);

/* Ends the filling of the stream. If decoder is not NULL, the scan has reached the end of the
 * content; the stream takes ownership of the decoder, and readers continue to use the blocks. If
 * decoder is NULL, the stream is freed. */
void rdb_stream_scan_close(struct rdb_stream *stream, struct rdb_decoder *decoder);

/* Returns whether a reader at the offset can follow a scan. A scan that can be followed has decoded
 * the byte at the offset, or decodes this byte next. */
bool rdb_stream_has_leader(
	struct rdb_stream_cache *cache, const struct rdb_content *content, uint64_t offset);

/* Reads bytes like rdb_stream_ready(), but waits until a scan has decoded the bytes. Returns false
 * if no scan will decode the bytes, if the scan ends before them, or if no thread runs the scan. */
bool rdb_stream_follow(struct rdb_stream_cache *cache, const struct rdb_content *content,
	uint64_t offset, size_t len, struct rdb_read *out);

/* Returns the content offset where the stream's decoder continues. */
uint64_t rdb_stream_position(const struct rdb_stream *stream);

/*
 * Stores len bytes (at most RDB_READ_MAX) at the offset in *out, where they stay valid until
 * rdb_read_done(). Stores fewer bytes only at the end of the content. Returns 0, -ENOMEM, or
 *   -EIO if the bytes are damaged, or differ from the content that was indexed.
 */
int rdb_stream_read(struct rdb_stream *stream, uint64_t offset, size_t len, struct rdb_read *out,
	struct rdb_err *err);

/*
 * Verifies the content before the offset, where a read has ended. For this, decodes on to the end
 * of the span that contains the last byte of the read. Does nothing in an archive without
 * checksums of spans. Returns 0, -ENOMEM, or
 *   -EIO if the content differs from the content that was written.
 */
int rdb_stream_confirm(struct rdb_stream *stream, uint64_t offset, struct rdb_err *err);

#endif
