/* Parallel compression. Each chunk of text becomes a span of raw deflate (RFC 1951), which begins
 * and ends at a byte boundary, and refers to no text before it: spans can be decoded alone, and
 * joined by copying. A deflater owns the threads, and at most 2 * threads + 2 chunks of 2.2 MiB,
 * and one for each stream. One thread at a time uses a stream, and any thread may cancel. */
#ifndef RDB_GZ_DEFLATE_H
#define RDB_GZ_DEFLATE_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RDB_DEFLATE_CHUNK ((size_t)1024 * 1024) /* bytes of text in a full chunk */

#define RDB_DEFLATE_LEVEL_MAX 9

struct rdb_deflate_options {
	int level;        /* 0 to 3 are levels of ISA-L, 4 to 9 levels of zlib */
	unsigned threads; /* number of threads; 0 for one thread per processor */
	bool low;         /* if true, the threads run at idle priority */
};

struct rdb_deflate_span {
	const void *data; /* raw deflate; valid during the call of the sink */
	size_t len;       /* bytes of data */
	size_t text_len;  /* bytes of text in the span, at most RDB_DEFLATE_CHUNK */
	uint32_t crc;     /* CRC-32 of the text, as gzip computes it */
};

/* Receives the spans of a compressed stream in order. One thread of the deflater at a time calls
 * span(), and holds no lock. span() may wait. If span() returns an error, the stream fails. */
struct rdb_deflate_sink {
	int (*span)(void *arg, const struct rdb_deflate_span *span, struct rdb_err *err);
	void *arg;
};

struct rdb_deflater;
struct rdb_deflate;

/* Creates a deflater. No thread is started yet. Returns 0, -ENOMEM, or -EINVAL if the level does
 * not exist. */
int rdb_deflater_create(
	const struct rdb_deflate_options *options, struct rdb_deflater **out, struct rdb_err *err);

/* Frees a deflater. The caller must close every stream first. Does nothing if deflater is NULL. */
void rdb_deflater_destroy(struct rdb_deflater *deflater);

/* Cancels all streams of the deflater. All calls of the streams' functions then fail with
 * -ECANCELED, including calls that are waiting. */
void rdb_deflater_cancel(struct rdb_deflater *deflater);

/*
 * Compresses a text on the caller's thread, and appends the result to out. Every RDB_DEFLATE_CHUNK
 * bytes of text become a span that can be decoded alone.
 * Returns:
 *   0        the text was compressed
 *   -EIO     the compression failed
 *   -ENOMEM  memory is exhausted
 */
int rdb_deflate_once(struct rdb_deflater *deflater, const void *text, size_t len,
	struct rdb_buf *out, struct rdb_err *err);

/* Opens a stream. Returns 0 or -ENOMEM. */
int rdb_deflate_open(struct rdb_deflater *deflater, const struct rdb_deflate_sink *sink,
	struct rdb_deflate **out, struct rdb_err *err);

/* Appends text to the stream. Waits while too many chunks are being compressed. Returns 0, -ENOMEM,
 * -ECANCELED, or the error of the sink. */
int rdb_deflate_write(
	struct rdb_deflate *stream, const void *text, size_t len, struct rdb_err *err);

/* Points *text at the written bytes that no thread has begun to compress, and stores their number
 * in *len. The bytes stay valid until the next call on the stream. Returns true if *text has
 * everything written to the stream. */
bool rdb_deflate_peek(const struct rdb_deflate *stream, const void **text, size_t *len);

/* Compresses the text that was written so far, and waits until the stream's receiver has the
 * compressed bytes. Returns 0 or an error of rdb_deflate_write(). */
int rdb_deflate_flush(struct rdb_deflate *stream, struct rdb_err *err);

/* Closes and frees a stream. Waits for chunks that are being compressed. Text that the sink has not
 * received is lost. stream may be NULL. */
void rdb_deflate_close(struct rdb_deflate *stream);

#endif
