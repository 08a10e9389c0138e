/* Streams return decompressed bytes at any offset of an archive. A stream is a decoder with its
 * last blocks, which serve reads that are slightly out of order. Idle streams stay in the cache for
 * reads that continue them, and the least recently used is dropped first. The cache's size limits
 * all streams and blocks, except those in use. */
#ifndef RDB_STREAM_STREAM_H
#define RDB_STREAM_STREAM_H

#include "base/budget.h"
#include "stream/archive_content.h"
#include "stream/read.h"

#define RDB_STREAM_BLOCK (256 * 1024)
#define RDB_STREAM_BLOCKS 8

struct rdb_stream;
struct rdb_stream_cache;

/* Creates a cache that holds at most "size" bytes of decoded data. The parameters "budget" and
 * "decoders" are described in struct rdb_archive_env_options. Returns 0 or -ENOMEM. */
int rdb_stream_cache_create(
	uint64_t size, struct rdb_budget *budget, unsigned decoders, struct rdb_stream_cache **out);
void rdb_stream_cache_free(struct rdb_stream_cache *cache);
uint64_t rdb_stream_cache_used(struct rdb_stream_cache *cache);

/* Returns whether any stream of the cache was used within the last ms milliseconds. */
bool rdb_stream_cache_active(struct rdb_stream_cache *cache, int ms);

/* Frees all streams of the content. None of them may be in use. */
void rdb_stream_cache_forget(const struct rdb_content *content);

/* If streams of the content hold all "len" bytes from "offset" on as decoded blocks in memory,
 * stores these bytes in *out and returns true. Otherwise returns false. Does not wait for decoding.
 */
bool rdb_stream_ready(
	const struct rdb_content *content, uint64_t offset, size_t len, struct rdb_read *out);

/* Returns the offset of the first byte at or after "offset" that no stream has in memory. */
uint64_t rdb_stream_reach(const struct rdb_content *content, uint64_t offset);

/* Decodes the next block for a reader at "offset". The next block begins at the first byte at or
 * after "offset" that no stream has in memory. Decodes nothing if the next block does not begin
 * before "limit", or if no idle stream can continue at the next block. Returns 0 if no block was
 * decoded. If the block was decoded, returns the result of a call of rdb_stream_reach() for
 * "offset". */
uint64_t rdb_stream_ahead(const struct rdb_content *content, uint64_t offset, uint64_t limit);

/* Decodes one block in advance for a reader at "offset". The block begins before "limit". While one
 * thread decodes the reader's next blocks with rdb_stream_ahead(), other threads call this function
 * to decode blocks that are farther ahead. Returns true if a block was decoded, or false if no
 * block can be decoded now or an error occurred. */
bool rdb_stream_help(const struct rdb_content *content, uint64_t offset, uint64_t limit);
/* Returns true if rdb_stream_help() with the same arguments would now find a block to decode. */
bool rdb_stream_can_help(const struct rdb_content *content, uint64_t offset, uint64_t limit);

/* Marks idle streams as abandoned, so that readers of other ranges can reuse these streams. Marks
 * all idle streams of the content that have decoded bytes between "offset" and "limit". Called when
 * the reader of this range is closed. */
void rdb_stream_abandon(const struct rdb_content *content, uint64_t offset, uint64_t limit);

/* Stores in *out a stream that can read the "len" bytes at "offset". No other thread uses the
 * stream until the caller calls rdb_stream_release(). If a suitable stream is in use by
 * rdb_stream_help() in another thread, this function may wait for the stream. Returns 0, or an
 * error of rdb_decoder_open(). */
int rdb_stream_acquire(const struct rdb_content *content, uint64_t offset, size_t len,
	struct rdb_stream **out, struct rdb_err *err);
void rdb_stream_release(struct rdb_stream *stream);

/* ---- content that a scan decodes ---- */

/*
 * The following functions let readers use the blocks that a scan decodes, so that the content is
 * not decoded twice. A scan waits for readers that follow closely behind it before it drops blocks.
 * Other readers neither wait for the scan nor delay the scan. One thread at a time calls the
 * functions rdb_stream_scan_open() to rdb_stream_scan_close().
 */

/* Creates a stream for a scan of the content, and adds the stream to the cache. The stream holds
 * the blocks that the scan decodes. Returns 0 or -ENOMEM. */
int rdb_stream_scan_open(const struct rdb_content *content, struct rdb_stream **out);

/* Returns a block of RDB_STREAM_BLOCK bytes into which the scan decodes. Returns NULL if memory is
 * exhausted. */
struct rdb_block *rdb_stream_scan_block(struct rdb_stream *stream);

/* Makes a decoded block available to readers. The block begins at the offset "start" of the
 * content. Takes ownership of the caller's reference to the block. The caller must not change the
 * block after the call. */
void rdb_stream_scan_add(
	struct rdb_stream *stream, uint64_t start, struct rdb_block *block, size_t len);

/* Records whether a thread runs the scan now. While no thread runs the scan, readers do not wait
 * for the scan. */
void rdb_stream_scan_run(struct rdb_stream *stream, bool runs);

enum rdb_stream_pace {
	RDB_STREAM_ALONE,    /* no reader follows the scan */
	RDB_STREAM_FOLLOWED, /* readers follow the scan closely */
	RDB_STREAM_FAR,      /* readers are slow, and the next block would drop bytes they need */
};

/* If the scan's next block would displace bytes that readers need, waits until the readers no
 * longer need these bytes, but at most 100 ms. If hurry(arg) returns true, does not wait any
 * longer. Returns how closely readers follow the scan. */
enum rdb_stream_pace rdb_stream_scan_pace(
	struct rdb_stream *stream, bool (*hurry)(void *arg), void *arg);

/* Ends the sharing of decoded blocks between a scan and readers. If the scan has decoded the whole
 * content, the caller passes the scan's decoder. The stream then owns the decoder, so that readers
 * can decode with the stream after the scan. If the scan has stopped earlier, the caller passes
 * NULL, and the function frees the stream. */
void rdb_stream_scan_close(struct rdb_stream *stream, struct rdb_decoder *decoder);

/* Returns true if a scan of the content has the byte at this offset in memory, or will decode this
 * byte next. If the result is true, the caller can get the byte from the scan by
 * rdb_stream_follow(). */
bool rdb_stream_has_leader(const struct rdb_content *content, uint64_t offset);

/* Waits until a running scan has decoded the len bytes at the offset, and stores them in *out.
 * Returns false if no scan will decode them. */
bool rdb_stream_follow(
	const struct rdb_content *content, uint64_t offset, size_t len, struct rdb_read *out);

/* Returns the offset, in the decoded content, of the next byte that the stream's decoder will
 * produce. */
uint64_t rdb_stream_position(const struct rdb_stream *stream);

/* Stores in *out the "len" bytes at "offset", but at most RDB_READ_MAX bytes. The caller releases
 * *out with rdb_read_done(). Returns 0, -ENOMEM, or -EIO if the archive is damaged, cannot be read,
 * or was changed while the archive was open. */
int rdb_stream_read(struct rdb_stream *stream, uint64_t offset, size_t len, struct rdb_read *out,
	struct rdb_err *err);

/* Verifies the span (the content between two checkpoints) that contains the byte before "offset".
 * Decodes to the end of the span, because the span's CRC covers the whole span. If the span has no
 * CRC, does nothing. Returns 0, -ENOMEM, or -EIO if the span is damaged or ends too early. */
int rdb_stream_confirm(struct rdb_stream *stream, uint64_t offset, struct rdb_err *err);

#endif
