/* The bytes of a read, in blocks that stay until the read is released. */
#ifndef RDB_STREAM_READ_H
#define RDB_STREAM_READ_H

#include <stddef.h>
#include <sys/uio.h>

#define RDB_READ_MAX (1024 * 1024) /* largest number of bytes of a read */
#define RDB_READ_IOV 16

struct rdb_block;

struct rdb_read {
	struct iovec iov[RDB_READ_IOV];
	int count;
	size_t len; /* bytes in all; fewer than requested at the member's end */
	struct rdb_block *blocks[RDB_READ_IOV]; /* blocks[i] contains the bytes of iov[i] */
};

/* Releases the references of *read to memory blocks. Any thread may call this function, even while
 * other threads read the same blocks. A second call has no effect. */
void rdb_read_done(struct rdb_read *read);

/* Makes the empty *read refer to the first len bytes of the block. Takes ownership of the caller's
 * reference to the block. */
void rdb_read_block(struct rdb_read *read, struct rdb_block *block, size_t len);

#endif
