/*
 * Storage for compressed tables until they are copied into the archive: one file without a name
 * that holds pieces of all of them. The space of a copied piece is returned to the file system
 * (where it can punch holes), so spool and archive together need no more space than the archive
 * will, except for the piece being copied.
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
 * Creates a spool in the folder of an open descriptor, which may be closed afterwards.
 *   -ENOSPC -EACCES -EROFS …: of open()
 *   -ENOMEM
 */
int rdb_spool_create(int folder, struct rdb_spool **out, struct rdb_err *err);

/* Stores a piece and sets *at to its offset. Returns 0, or -ENOSPC -EDQUOT -EIO … of pwrite(). */
int rdb_spool_add(
	struct rdb_spool *spool, const void *data, size_t len, uint64_t *at, struct rdb_err *err);

/* Returns the descriptor of the file, to copy pieces from. */
int rdb_spool_fd(const struct rdb_spool *spool);

/* Returns a piece's space to the file system. */
void rdb_spool_release(struct rdb_spool *spool, uint64_t at, size_t len);

/* NULL is fine. */
void rdb_spool_destroy(struct rdb_spool *spool);

#endif
