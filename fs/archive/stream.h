/*
 * Streams return decompressed bytes at any offset of an archive. A stream is a decoder with the
 * blocks that it decoded last. Sequential reads need no seek. Reads that are slightly out of order
 * are served from the blocks. Other reads enter at the nearest checkpoint, a position at which
 * decoding can begin. If an archive has checkpoints, two streams decode for a sequential reader,
 * each a range between two checkpoints.
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

/* Creates a cache of decoded data that holds at most size bytes. "budget" and "decoders" are
 * described in struct rdb_archive_env_options. Returns 0 or -ENOMEM. */
int rdb_stream_cache_create(
	uint64_t size, struct rdb_budget *budget, unsigned decoders, struct rdb_stream_cache **out);
void rdb_stream_cache_free(struct rdb_stream_cache *cache);
uint64_t rdb_stream_cache_used(struct rdb_stream_cache *cache);

/* Returns whether any stream of the cache was used within the last ms milliseconds. */
bool rdb_stream_cache_active(struct rdb_stream_cache *cache, int ms);

/* Frees all streams of the content, so that the caller can free the content. The caller makes sure
 * that none of these streams is in use. */
void rdb_stream_cache_forget(const struct rdb_content *content);

/*
 * Stores in *out the len bytes at the offset, if streams have already decoded all these bytes.
 * Returns false if bytes are missing. Does not wait.
 */
bool rdb_stream_ready(
	const struct rdb_content *content, uint64_t offset, size_t len, struct rdb_read *out);

/* Returns the lowest offset that is at least "offset" and whose byte no stream has in memory. */
uint64_t rdb_stream_reach(const struct rdb_content *content, uint64_t offset);

/*
 * Decodes one block in advance for a reader that is at "offset" and will read until "limit". This
 * is the first block in this range that is not in memory yet. Returns the offset of the first byte
 * at or after "offset" that is still not in memory, so that the caller can decode more by another
 * call. Returns 0 if no block was decoded, or if the content has ended.
 */
uint64_t rdb_stream_ahead(const struct rdb_content *content, uint64_t offset, uint64_t limit);

/*
 * rdb_stream_help() lets a second thread decode one block for a reader at "offset", while the
 * reader's own thread runs rdb_stream_ahead(). The second thread decodes from a checkpoint (a
 * position at which decoding can begin) that lies after the bytes already decoded and before
 * "limit". Returns true if a block was decoded. rdb_stream_can_help() decodes nothing, and only
 * returns whether such a block exists.
 */
bool rdb_stream_help(const struct rdb_content *content, uint64_t offset, uint64_t limit);
bool rdb_stream_can_help(const struct rdb_content *content, uint64_t offset, uint64_t limit);

/* Called when a reader of the bytes from "offset" to "limit" of the content is closed. Marks the
 * content's idle streams in this range as no longer needed. Readers of other bytes of the content
 * may then use these streams. */
void rdb_stream_abandon(const struct rdb_content *content, uint64_t offset, uint64_t limit);

/* Stores in *out a stream that can read len bytes of the content at the offset. Only the caller may
 * use the stream until rdb_stream_release(). Waits only if another thread in rdb_stream_help() uses
 * this stream to decode in advance. Returns 0, or an error of rdb_decoder_open(). */
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

/* Adds a stream to the cache, for a scan. The scan stores the blocks that it decodes in this
 * stream. Returns 0 or -ENOMEM. */
int rdb_stream_scan_open(const struct rdb_content *content, struct rdb_stream **out);

/* Returns a block of RDB_STREAM_BLOCK bytes into which the scan decodes. Returns NULL if memory is
 * exhausted. */
struct rdb_block *rdb_stream_scan_block(struct rdb_stream *stream);

/* Adds a block that the scan has decoded to the stream, so that readers can use the block. "start"
 * is the content offset of the block's len bytes. Takes ownership of the caller's reference. The
 * block must not change afterwards. */
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

/* Delays the scan if the scan's next block would displace bytes that a reader still needs. The
 * delay ends when the bytes are no longer needed, when hurry(arg) returns true, or after 100 ms.
 * hurry() is called without a lock. Returns how closely readers follow the scan. */
enum rdb_stream_pace rdb_stream_scan_pace(
	struct rdb_stream *stream, bool (*hurry)(void *arg), void *arg);

/* Called when the scan ends, or stops sharing its decoded bytes with readers. If the scan has read
 * the whole content, "decoder" is the scan's decoder. The stream then takes ownership of the
 * decoder, and becomes an ordinary stream that readers can use. Otherwise "decoder" must be NULL,
 * and the stream is freed. */
void rdb_stream_scan_close(struct rdb_stream *stream, struct rdb_decoder *decoder);

/* Returns true if a scan has the byte at the offset in memory, or will decode this byte next. A
 * reader can then wait for this scan instead of decoding the byte itself. */
bool rdb_stream_has_leader(const struct rdb_content *content, uint64_t offset);

/* Gets bytes from a running scan. Waits until the scan has decoded the len bytes at the offset, and
 * stores them in *out. Returns false if no running scan will decode them, or if the scan ends
 * earlier. */
bool rdb_stream_follow(
	const struct rdb_content *content, uint64_t offset, size_t len, struct rdb_read *out);

/* Returns the offset, in the decoded content, of the next byte that the stream's decoder will
 * produce. */
uint64_t rdb_stream_position(const struct rdb_stream *stream);

/*
 * Stores in *out the len bytes of the content at the offset, or fewer at the content's end. len
 * must not exceed RDB_READ_MAX. The bytes are valid until rdb_read_done(). Returns 0, -ENOMEM, or
 * -EIO if the bytes are damaged, or have changed since the index was made.
 */
int rdb_stream_read(struct rdb_stream *stream, uint64_t offset, size_t len, struct rdb_read *out,
	struct rdb_err *err);

/*
 * Verifies the content that a read has returned up to "offset". If this offset is inside a span
 * (range with its own checksum), decodes the rest of the span. Does nothing if the archive has no
 * spans. Returns 0, -ENOMEM, or -EIO if the content is damaged.
 */
int rdb_stream_confirm(struct rdb_stream *stream, uint64_t offset, struct rdb_err *err);

#endif
