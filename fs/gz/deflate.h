/*
 * Parallel deflate. Text is cut into chunks that are compressed on all processors. Each becomes a
 * span of raw deflate (RFC 1951) that begins and ends at a byte, refers to nothing before it and
 * ends with a full flush. So spans can be decoded alone, stored for later, and joined by copying:
 * a gzip member (RFC 1952) is a header, spans, a last block and a trailer.
 *
 * A deflater owns the threads and the memory and serves any number of streams, one per producer.
 * Memory: 2 * threads + 2 chunks under way, and one being filled per stream; a chunk takes about
 * 2.2 MiB. A producer that is faster than the processors waits in rdb_deflate_write().
 *
 * Threads: one thread at a time per stream. Any thread may cancel.
 */
#ifndef RDB_GZ_DEFLATE_H
#define RDB_GZ_DEFLATE_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RDB_DEFLATE_CHUNK ((size_t)1024 * 1024) /* bytes of text in a full chunk */

#define RDB_DEFLATE_LEVEL_MAX 9
#define RDB_DEFLATE_LEVEL_DEFAULT 1

struct rdb_deflate_options {
	int level;        /* 0 to 3: ISA-L's levels; 4 to 9: zlib's */
	unsigned threads; /* 0: one for each processor */
	bool low;         /* run at idle priority */
};

struct rdb_deflate_span {
	const void *data; /* raw deflate; valid during the call */
	size_t len;       /* bytes of data */
	size_t text_len;  /* bytes after inflating, at most RDB_DEFLATE_CHUNK */
	uint32_t crc;     /* gzip's CRC-32 of the text */
};

/*
 * Receives a stream's spans: in order, one call at a time, on the deflater's threads, without a
 * lock; may wait for the disk. A negative errno ends the stream: no further span is delivered, and
 * the stream's calls return that error.
 */
struct rdb_deflate_sink {
	int (*span)(void *arg, const struct rdb_deflate_span *span, struct rdb_err *err);
	void *arg;
};

struct rdb_deflater;
struct rdb_deflate;

/* Creates a deflater; starts no thread. Returns 0, -ENOMEM, or -EINVAL: no such level. */
int rdb_deflater_create(
	const struct rdb_deflate_options *options, struct rdb_deflater **out, struct rdb_err *err);

/* Close every stream before. Accepts NULL. */
void rdb_deflater_destroy(struct rdb_deflater *deflater);

/* Stops delivery: every call, also one that is waiting, returns -ECANCELED. */
void rdb_deflater_cancel(struct rdb_deflater *deflater);

/*
 * Compresses text of any length at once, on the caller's thread; appends to out. Each span is one
 * chunk.
 *   -ENOMEM
 */
int rdb_deflate_once(struct rdb_deflater *deflater, const void *text, size_t len,
	struct rdb_buf *out, struct rdb_err *err);

/* Returns 0 or -ENOMEM. */
int rdb_deflate_open(struct rdb_deflater *deflater, const struct rdb_deflate_sink *sink,
	struct rdb_deflate **out, struct rdb_err *err);

/*
 * Adds text. Waits while too many chunks are under way.
 *   -ECANCELED
 *   -ENOMEM
 *   the sink's error
 */
int rdb_deflate_write(
	struct rdb_deflate *stream, const void *text, size_t len, struct rdb_err *err);

/* Returns the text written so far if none of it has been passed to the threads; valid until the
 * next call for the stream. False: some of it has been. */
bool rdb_deflate_peek(const struct rdb_deflate *stream, const void **text, size_t *len);

/* Compresses the text written so far and waits until the sink has received it. Errors as for
 * rdb_deflate_write(). */
int rdb_deflate_flush(struct rdb_deflate *stream, struct rdb_err *err);

/* Drops text that the sink has not received, waits for chunks in progress, frees the stream.
 * Accepts NULL. */
void rdb_deflate_close(struct rdb_deflate *stream);

/* ---- the frame ---- */

#define RDB_DEFLATE_STORED_HEAD 5              /* bytes before the text in a stored block */
#define RDB_DEFLATE_STORED_MAX ((size_t)65535) /* bytes of text in one stored block */
#define RDB_GZIP_TRAILER 8

/* Writes the head of a stored block with len bytes of text; last marks the stream's last block. */
void rdb_deflate_stored_head(uint8_t head[RDB_DEFLATE_STORED_HEAD], size_t len, bool last);

/* Bytes of deflate that inflate to nothing, between two spans: any number from this one on. */
#define RDB_DEFLATE_PADDING_MIN 24

/* Appends exactly len bytes of padding. Returns 0 or -ENOMEM. */
int rdb_deflate_padding(struct rdb_buf *out, size_t len);

/* Writes a gzip header with a comment; returns its length, which is 11 + strlen(comment). */
#define RDB_GZIP_HEADER(comment_len) (11 + (comment_len))
size_t rdb_gzip_header(uint8_t *out, uint32_t mtime, int level, const char *comment);

void rdb_gzip_trailer(uint8_t out[RDB_GZIP_TRAILER], uint32_t crc, uint64_t text_len);

#endif
