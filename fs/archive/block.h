/*
 * Decompressed bytes with a reference count: a stream drops a block while a reply still uses it.
 * The content of a block does not change once it is shared.
 *
 * Threads: any may add and drop references.
 */
#ifndef RDB_ARCHIVE_BLOCK_H
#define RDB_ARCHIVE_BLOCK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct rdb_block {
	atomic_uint refs;
	struct rdb_block *next; /* in a list of unused blocks */
	char data[];
};

/* Creates a block of that size, with one reference; NULL: no memory. */
struct rdb_block *rdb_block_create(size_t size);
struct rdb_block *rdb_block_ref(struct rdb_block *block);
void rdb_block_unref(struct rdb_block *block); /* NULL is none */

struct rdb_read;

/* Sets up a read of the block's first len bytes. Takes ownership of the caller's reference. */
void rdb_read_block(struct rdb_read *read, struct rdb_block *block, size_t len);

/* Returns whether the caller has the only reference, so that it may write into the block. */
bool rdb_block_is_own(struct rdb_block *block);

#endif
