#include "stream/block.h"

#include <stdlib.h>

struct rdb_block *rdb_block_create(size_t size)
{
	struct rdb_block *block = malloc(sizeof(*block) + size);

	if (block)
		atomic_init(&block->refs, 1);
	return block;
}

struct rdb_block *rdb_block_ref(struct rdb_block *block)
{
	atomic_fetch_add_explicit(&block->refs, 1, memory_order_relaxed);
	return block;
}

void rdb_block_unref(struct rdb_block *block)
{
	if (block && atomic_fetch_sub_explicit(&block->refs, 1, memory_order_acq_rel) == 1)
		free(block);
}

bool rdb_block_is_own(struct rdb_block *block)
{
	return atomic_load_explicit(&block->refs, memory_order_acquire) == 1;
}
