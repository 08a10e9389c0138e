/*
 * Documents that are kept on disk, compressed, in an unnamed file until it is known how to insert
 * them. One thread at a time.
 */
#ifndef RDB_RESTORE_SPOOLED_H
#define RDB_RESTORE_SPOOLED_H

#include "base/err.h"

#include <stddef.h>
#include <sys/types.h>

struct rdb_spooled;

/* Creates the file. dir: its folder; NULL: TMPDIR, else /var/tmp. -ENOMEM, errors of open. */
int rdb_spooled_create(const char *dir, struct rdb_spooled **out, struct rdb_err *err);
void rdb_spooled_free(struct rdb_spooled *spooled); /* NULL: no effect */

/* Appends bytes. Not allowed after the first read. -ENOSPC and other errors of write, -ENOMEM. */
int rdb_spooled_write(
	struct rdb_spooled *spooled, const void *data, size_t len, struct rdb_err *err);

/* Reads the next bytes, from the beginning on. Returns their number, 0 at the end, -EIO or -ENOMEM.
 */
ssize_t rdb_spooled_read(struct rdb_spooled *spooled, void *buf, size_t len, struct rdb_err *err);

#endif
