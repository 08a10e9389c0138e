/*
 * Storage for compressed tables until the tables are copied into the archive. The spool is one file
 * without a name that holds pieces of all these tables. The space of a copied piece is returned to
 * the file system where holes can be punched. Spool and archive together then need no more space
 * than the complete archive and one piece.
 *
 * All functions are thread-safe.
 */
#ifndef RDB_WRITER_SPOOL_H
#define RDB_WRITER_SPOOL_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

struct rdb_spool;

/* Creates a spool for compressed tables. "fd" is a temporary file without a name. The function
 * takes ownership of fd, even if it fails. Returns 0 or -ENOMEM. */
int rdb_spool_create(int fd, struct rdb_spool **out, struct rdb_err *err);

/* Appends a piece of a compressed table to the spool's temporary file, and sets *at to the piece's
 * offset in the temporary file. Returns 0 or an error of pwrite(). */
int rdb_spool_add(
	struct rdb_spool *spool, const void *data, size_t len, uint64_t *at, struct rdb_err *err);

/* Returns the descriptor of the temporary file, from which the caller copies pieces. */
int rdb_spool_fd(const struct rdb_spool *spool);

/* Frees the disk space of the piece at the offset "at". */
void rdb_spool_release(struct rdb_spool *spool, uint64_t at, size_t len);

/* Closes the temporary file, which then disappears, and frees the spool. spool may be NULL. */
void rdb_spool_destroy(struct rdb_spool *spool);

#endif
