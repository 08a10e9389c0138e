/*
 * Decompressed bytes with a count of who looks at them: a stream drops a block while an answer
 * still goes out from it. What is in a block no longer changes once it is shared.
 *
 * Threads: references may be taken and given back by any.
 */
#ifndef RDB_ARCHIVE_BLOCK_H
#define RDB_ARCHIVE_BLOCK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct rdb_block {
	atomic_uint refs;
	struct rdb_block *next; /* while it is nobody's, in a list of such */
	char data[];
};

/* Room for so many bytes, with one reference; NULL: no memory. */
struct rdb_block *rdb_block_create(size_t size);
struct rdb_block *rdb_block_ref(struct rdb_block *block);
void rdb_block_unref(struct rdb_block *block); /* NULL is none */

struct rdb_read;

/* The block's first len bytes as what was read, with the caller's reference. */
void rdb_read_block(struct rdb_read *read, struct rdb_block *block, size_t len);

/* Whether the caller's reference is the only one, so that it may write into the block. */
bool rdb_block_is_own(struct rdb_block *block);

#endif
