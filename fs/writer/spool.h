/*
 * Where tables wait, compressed, until it is their turn in the archive: one file without a name
 * that holds pieces of all of them. What was fetched is given back to the file system piece by
 * piece (where it can punch holes), so the spool and the archive together take no more than the
 * archive will, but for the piece that is being copied.
 *
 * Threads: any.
 */
#ifndef RDB_WRITER_SPOOL_H
#define RDB_WRITER_SPOOL_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

struct rdb_spool;

/*
 * In a folder that is open as a descriptor, which may be closed afterwards.
 *   -ENOSPC -EACCES -EROFS …: open's
 *   -ENOMEM
 */
int rdb_spool_create(int folder, struct rdb_spool **out, struct rdb_err *err);

/* Keeps a piece; at says where. -ENOSPC -EDQUOT -EIO …: pwrite's. */
int rdb_spool_add(
	struct rdb_spool *spool, const void *data, size_t len, uint64_t *at, struct rdb_err *err);

/* The file, to copy pieces from. */
int rdb_spool_fd(const struct rdb_spool *spool);

/* Gives a piece's room back. */
void rdb_spool_release(struct rdb_spool *spool, uint64_t at, size_t len);

/* NULL is fine. */
void rdb_spool_destroy(struct rdb_spool *spool);

#endif
