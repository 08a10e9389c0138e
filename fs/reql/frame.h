/*
 * Frames: an 8 byte token and a 4 byte length, both little-endian, then so many bytes of JSON.
 * The same in both directions. Pure: bytes in, frames out.
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

/* Puts received bytes together to one frame after the other. Zero it, then set max. */
struct rdb_frame {
	uint64_t max; /* bytes of the longest body taken */
	unsigned char header[RDB_FRAME_HEADER];
	size_t header_len;
	int64_t token; /* these three valid once the header is whole */
	uint32_t len;
	struct rdb_buf body; /* grows with what arrives, not by what the header claims */
};

/*
 * Where the next received bytes go: at least one, at most *room. 0 or -ENOMEM.
 * They belong to the present frame alone.
 */
int rdb_frame_space(struct rdb_frame *frame, void **where, size_t *room);

/*
 * Says that n bytes were put there.
 *   1          the frame is whole: token and body; take the body (or leave it), then reset
 *   0          not yet
 *   -EMSGSIZE  it says that it is longer than max
 */
int rdb_frame_filled(struct rdb_frame *frame, size_t n, struct rdb_err *err);

/* Ready for the next frame. Keeps the body's memory if it was left. */
void rdb_frame_reset(struct rdb_frame *frame);

void rdb_frame_free(struct rdb_frame *frame);

#endif
