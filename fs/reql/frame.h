/*
 * Frames: an 8 byte token and a 4 byte length, both little-endian, then so many bytes of JSON.
 * One format for both directions. Pure: bytes in, frames out.
 */
#ifndef RDB_REQL_FRAME_H
#define RDB_REQL_FRAME_H

#include "base/buf.h"
#include "base/err.h"

#include <stdint.h>

#define RDB_FRAME_HEADER 12
/* The largest query that a server takes (QUERY_MAX in its protocols.cc: below 128 MiB). */
#define RDB_FRAME_QUERY_MAX (128 * 1024 * 1024 - 1)

void rdb_frame_put_header(unsigned char out[RDB_FRAME_HEADER], int64_t token, uint32_t len);

/* Assembles received bytes to one frame after the other. Zero the struct, then set max. */
struct rdb_frame {
	uint64_t max; /* bytes of the longest body accepted */
	unsigned char header[RDB_FRAME_HEADER];
	size_t header_len;
	int64_t token; /* these three are valid once the header is complete */
	uint32_t len;
	struct rdb_buf
		body; /* grows with the bytes that arrive, not with the length in the header */
};

/*
 * Returns memory for the next received bytes: at least one, at most *room; only for the current
 * frame. Returns 0 or -ENOMEM.
 */
int rdb_frame_space(struct rdb_frame *frame, void **where, size_t *room);

/*
 * Reports that n bytes were stored there.
 *   1          the frame is complete: token and body; take the body or leave it, then reset
 *   0          not complete yet
 *   -EMSGSIZE  its header announces more than max
 */
int rdb_frame_filled(struct rdb_frame *frame, size_t n, struct rdb_err *err);

/* Prepares for the next frame. Keeps the body's memory if the caller left the body. */
void rdb_frame_reset(struct rdb_frame *frame);

void rdb_frame_free(struct rdb_frame *frame);

#endif
