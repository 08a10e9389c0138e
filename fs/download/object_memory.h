/* Memory for the blocks of remote objects. Two blocks share a huge page, because mapping pages of 4
 * KiB takes longer than receiving the bytes. The caller of rdb_object_memory_get() and
 * rdb_object_memory_put() holds a lock. */
#ifndef RDB_DOWNLOAD_OBJECT_MEMORY_H
#define RDB_DOWNLOAD_OBJECT_MEMORY_H

#include <stddef.h>

#define RDB_OBJECT_SLAB ((size_t)2 << 20) /* bytes of a huge page */

struct rdb_object_slab;

/* A pool of memory for the blocks of remote objects. A zero-initialised pool is ready for use, and
 * has reserved no memory. */
struct rdb_object_memory {
	struct rdb_object_slab *slabs;
};

/* Returns memory for a block of len bytes, or NULL if memory is exhausted. Only blocks of
 * RDB_OBJECT_SLAB / 2 bytes are in huge pages. */
void *rdb_object_memory_get(struct rdb_object_memory *memory, size_t len);

/* Releases the memory "data", a result of rdb_object_memory_get(). len is the length passed to
 * rdb_object_memory_get(). "data" may be NULL. */
void rdb_object_memory_put(struct rdb_object_memory *memory, void *data, size_t len);

/* Frees the pool. All of its blocks must have been returned. */
void rdb_object_memory_free(struct rdb_object_memory *memory);

#endif
