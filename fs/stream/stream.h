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

/*
 * Decodes one block: the first block at or after "offset" that no stream has in memory. Does
 * nothing if this block begins at or after "limit".
 *
 * Returns:
 *   0      no block was decoded, or the stream has reached the end of the content
 *   other  the offset of the next byte that no stream has in memory
 */
uint64_t rdb_stream_ahead(const struct rdb_content *content, uint64_t offset, uint64_t limit);

/* Decodes one block that a reader at "offset" will need later. The block begins before "limit".
 * Called by additional threads, while one thread decodes the reader's next blocks with
 * rdb_stream_ahead(). Returns true if a block was decoded. */
bool rdb_stream_help(const struct rdb_content *content, uint64_t offset, uint64_t limit);
/* Returns true if rdb_stream_help() with the same arguments would now find a block to decode. */
bool rdb_stream_can_help(const struct rdb_content *content, uint64_t offset, uint64_t limit);

/* Lets other readers reuse the idle streams that have decoded bytes between "offset" and "limit".
 * Called when the reader of this range is closed. */
void rdb_stream_abandon(const struct rdb_content *content, uint64_t offset, uint64_t limit);

/* Stores in *out a stream that can read the "len" bytes at "offset". The caller is the stream's
 * only user until rdb_stream_release(). May wait for rdb_stream_help() in another thread. Returns
 * 0, or an error of rdb_decoder_open(). */
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

/* Waits, at most 100 ms, while the scan's next block would displace bytes that readers need. Stops
 * waiting when hurry(arg) returns true. Returns how closely readers follow the scan. */
enum rdb_stream_pace rdb_stream_scan_pace(
	struct rdb_stream *stream, bool (*hurry)(void *arg), void *arg);

/* Ends the sharing of a scan's blocks with readers. After a complete scan, the stream takes
 * ownership of the scan's decoder, and serves readers. After an incomplete scan, the caller passes
 * NULL, and the stream is freed. */
void rdb_stream_scan_close(struct rdb_stream *stream, struct rdb_decoder *decoder);

/* Returns true if the caller can get the byte at this offset from a scan with rdb_stream_follow().
 * The scan has the byte in memory, or will decode the byte next. */
bool rdb_stream_has_leader(const struct rdb_content *content, uint64_t offset);

/* Waits until a running scan has decoded the len bytes at the offset, and stores them in *out.
 * Returns false if no scan will decode them. */
bool rdb_stream_follow(
	const struct rdb_content *content, uint64_t offset, size_t len, struct rdb_read *out);

/* Returns the offset, in the decoded content, of the next byte that the stream's decoder will
 * produce. */
uint64_t rdb_stream_position(const struct rdb_stream *stream);

/*
 * Stores in *out the "len" bytes at "offset", but at most RDB_READ_MAX bytes. The caller releases
 * *out with rdb_read_done().
 * Returns:
 *   0        the bytes are in *out
 *   -EIO     the archive is damaged, cannot be read, or was changed while open
 *   -ENOMEM  memory is exhausted
 */
int rdb_stream_read(struct rdb_stream *stream, uint64_t offset, size_t len, struct rdb_read *out,
	struct rdb_err *err);

/*
 * Verifies the checksum of the span that contains the byte before "offset". A span is the content
 * between two checkpoints. Decodes to the end of the span.
 * Returns:
 *   0        the span is correct, or has no checksum
 *   -EIO     the span is damaged or ends too early
 *   -ENOMEM  memory is exhausted
 */
int rdb_stream_confirm(struct rdb_stream *stream, uint64_t offset, struct rdb_err *err);

#endif
