#include "stream/read.h"

#include "stream/block.h"

void rdb_read_block(struct rdb_read *read, struct rdb_block *block, size_t len)
{
	*read = (struct rdb_read){.count = 1, .len = len};
	read->iov[0] = (struct iovec){block->data, len};
	read->blocks[0] = block;
}

void rdb_read_done(struct rdb_read *read)
{
	for (int i = 0; i < read->count; i++)
		rdb_block_unref(read->blocks[i]);
	read->count = 0;
}
