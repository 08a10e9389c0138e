/*
 * Memory of blocks. Two blocks share a huge page: the kernel would otherwise clear and map each 4
 * KiB of fresh memory by an interrupt, which takes longer than receiving the bytes.
 *
 * Threads: the caller holds a lock for get and put of one pool.
 */
#ifndef RDB_STORE_OBJECT_MEMORY_H
#define RDB_STORE_OBJECT_MEMORY_H

#include <stddef.h>

#define RDB_OBJECT_SLAB ((size_t)2 << 20) /* bytes of a huge page */

struct rdb_object_slab;

/* A pool. Zero-initialised is empty. */
struct rdb_object_memory {
	struct rdb_object_slab *slabs;
};

/* Returns memory of that many bytes; NULL: there is none. Memory of other than half a slab is not
 * pooled. */
void *rdb_object_memory_get(struct rdb_object_memory *memory, size_t len);

/* Returns memory to the pool. len is that of get. Accepts NULL. */
void rdb_object_memory_put(struct rdb_object_memory *memory, void *data, size_t len);

/* Frees what the pool keeps for reuse. All memory must have been returned. */
void rdb_object_memory_free(struct rdb_object_memory *memory);

#endif
