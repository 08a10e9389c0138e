/* Blocks of decompressed bytes with counted references, which do not change while they are shared.
 * Any thread may add and drop references. */
#ifndef RDB_STREAM_BLOCK_H
#define RDB_STREAM_BLOCK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct rdb_block {
	atomic_uint refs;
	struct rdb_block *next; /* next in a list of unused blocks */
	char data[];
};

/* Creates a block with "size" bytes of data and one reference. Returns NULL if memory is short. */
struct rdb_block *rdb_block_create(size_t size);
struct rdb_block *rdb_block_ref(struct rdb_block *block);
void rdb_block_unref(struct rdb_block *block); /* block may be NULL */

/* Returns true if nobody but the caller has a reference to the block, so that the caller may write
 * into it. */
bool rdb_block_is_own(struct rdb_block *block);

#endif
