/* Ring buffer of bytes that can grow. A zero-initialised ring is empty and has no memory. Not
 * thread-safe. */
#ifndef RDB_HTTP_RING_H
#define RDB_HTTP_RING_H

#include <stdbool.h>
#include <stddef.h>

struct rdb_ring {
	char *data;
	size_t size, at, len;
};

/* Enlarges the ring's capacity to "size" bytes. Returns 0, or -ENOMEM with the ring unchanged. */
int rdb_ring_grow(struct rdb_ring *ring, size_t size);

/* Appends all len bytes and returns true if they fit into the ring. Otherwise appends nothing and
 * returns false. */
bool rdb_ring_put(struct rdb_ring *ring, const void *data, size_t len);

/* Moves up to len bytes from the ring to buf. Returns the number of bytes. */
size_t rdb_ring_get(struct rdb_ring *ring, void *buf, size_t len);

void rdb_ring_free(struct rdb_ring *ring);

#endif
