/* Ring of bytes with a bound that can grow. Zero-initialised is empty, with room for nothing. Not
 * thread-safe. */
#ifndef RDB_HTTP_RING_H
#define RDB_HTTP_RING_H

#include <stdbool.h>
#include <stddef.h>

struct rdb_ring {
	char *data;
	size_t size, at, len;
};

/* Makes room for size bytes in all. 0 or -ENOMEM, and it is as it was. */
int rdb_ring_grow(struct rdb_ring *ring, size_t size);

/* Appends all (true), or nothing when there is no room. */
bool rdb_ring_put(struct rdb_ring *ring, const void *data, size_t len);

/* Moves up to len bytes out; returns how many. */
size_t rdb_ring_get(struct rdb_ring *ring, void *buf, size_t len);

void rdb_ring_free(struct rdb_ring *ring);

#endif
