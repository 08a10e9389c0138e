#include "http/ring.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define HUGE_PAGE ((size_t)2 << 20) /* bytes */

static size_t min(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Allocates a buffer of at least "size" bytes. Uses huge pages for a large buffer: the kernel would
 * need longer to map many small pages than to fill the buffer with received bytes. */
static char *get_memory(size_t size)
{
	size_t rounded = (size + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1);
	char *data;

	if (size < HUGE_PAGE || size > rounded)
		return malloc(size);
	data = aligned_alloc(HUGE_PAGE, rounded);
	if (data)
		(void)!madvise(data, rounded, MADV_HUGEPAGE); /* failure only costs speed */
	return data;
}

int rdb_ring_grow(struct rdb_ring *ring, size_t size)
{
	char *data;
	size_t len = ring->len;

	if (size <= ring->size)
		return 0;
	data = get_memory(size);
	if (!data)
		return -ENOMEM;
	rdb_ring_get(ring, data, len);
	free(ring->data);
	*ring = (struct rdb_ring){.data = data, .size = size, .len = len};
	return 0;
}

bool rdb_ring_put(struct rdb_ring *ring, const void *data, size_t len)
{
	size_t end, first;

	if (len > ring->size - ring->len)
		return false;
	if (len == 0)
		return true;
	end = (ring->at + ring->len) % ring->size;
	first = min(len, ring->size - end);
	memcpy(ring->data + end, data, first);
	memcpy(ring->data, (const char *)data + first, len - first);
	ring->len += len;
	return true;
}

size_t rdb_ring_get(struct rdb_ring *ring, void *buf, size_t len)
{
	size_t n = min(len, ring->len), first;

	if (n == 0)
		return 0;
	first = min(n, ring->size - ring->at);
	memcpy(buf, ring->data + ring->at, first);
	memcpy((char *)buf + first, ring->data, n - first);
	ring->at = (ring->at + n) % ring->size;
	ring->len -= n;
	return n;
}

void rdb_ring_free(struct rdb_ring *ring)
{
	free(ring->data);
	*ring = (struct rdb_ring){0};
}
