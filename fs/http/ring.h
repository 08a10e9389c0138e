/* Ring buffer of bytes; its size can grow. Zero-initialised: empty, of size 0. Not thread-safe. */
#ifndef RDB_HTTP_RING_H
#define RDB_HTTP_RING_H

#include <stdbool.h>
#include <stddef.h>

struct rdb_ring {
	char *data;
	size_t size, at, len;
};

/* Enlarges the ring to size bytes in total. Returns 0 or -ENOMEM, with the ring unchanged. */
int rdb_ring_grow(struct rdb_ring *ring, size_t size);

/* Appends all bytes and returns true, or returns false and appends nothing if they do not fit. */
bool rdb_ring_put(struct rdb_ring *ring, const void *data, size_t len);

/* Removes up to len bytes into buf. Returns their number. */
size_t rdb_ring_get(struct rdb_ring *ring, void *buf, size_t len);

void rdb_ring_free(struct rdb_ring *ring);

#endif
