/*
 * Frames of the protocol, the same in both directions: a token of 8 bytes and a length of 4 bytes,
 * both little-endian, then a body of JSON with this length. The functions work on memory and do no
 * I/O.
 */
#ifndef RDB_REQL_FRAME_H
#define RDB_REQL_FRAME_H

#include "base/buf.h"
#include "base/err.h"

#include <stdint.h>

#define RDB_FRAME_HEADER 12
/* Size in bytes of the largest query that a server accepts. A query must be smaller than the
 * constant QUERY_MAX in the server's protocols.cc. QUERY_MAX is 128 MiB. */
#define RDB_FRAME_QUERY_MAX (128 * 1024 * 1024 - 1)

void rdb_frame_put_header(unsigned char out[RDB_FRAME_HEADER], int64_t token, uint32_t len);

/* Collects the bytes of frames, one frame after another. A frame is a header and a body. The caller
 * sets the field "max" to a size limit for bodies, and all other fields to 0. */
struct rdb_frame {
	uint64_t max; /* largest body to accept, in bytes */
	unsigned char header[RDB_FRAME_HEADER];
	size_t header_len;
	int64_t token; /* token, len and body are valid once the header is complete */
	uint32_t len;
	struct rdb_buf body; /* grows as bytes arrive; the header's length is not trusted */
};

/* Provides memory for received bytes: stores the memory's address in *where, and the memory's size
 * in *room. The size is at least 1, and at most the number of bytes that the frame lacks. Returns 0
 * or -ENOMEM. */
int rdb_frame_space(struct rdb_frame *frame, void **where, size_t *room);

/*
 * Adds n received bytes to the frame. The caller has stored the bytes in the memory from
 * rdb_frame_space().
 *
 * Returns:
 *   0          the frame is incomplete
 *   1          the frame is complete: the caller may take frame->body, and must then call
 *              rdb_frame_reset()
 *   -EMSGSIZE  the body exceeds frame->max
 */
int rdb_frame_filled(struct rdb_frame *frame, size_t n, struct rdb_err *err);

/* Prepares for the next frame. Uses the memory of the body again, unless the caller has taken it.
 */
void rdb_frame_reset(struct rdb_frame *frame);

void rdb_frame_free(struct rdb_frame *frame);

#endif
