/*
 * Documents that wait on disk, compressed, until it is known what to do with them: a file without
 * a name. One thread at a time.
 */
#ifndef RDB_RESTORE_SPOOLED_H
#define RDB_RESTORE_SPOOLED_H

#include "base/err.h"

#include <stddef.h>
#include <sys/types.h>

struct rdb_spooled;

/* dir: NULL: TMPDIR, else /var/tmp. -ENOMEM, errors of open. */
int rdb_spooled_create(const char *dir, struct rdb_spooled **out, struct rdb_err *err);
void rdb_spooled_free(struct rdb_spooled *spooled); /* NULL is nothing */

/* Appends. -ENOSPC and others of write, -ENOMEM. Not after the first read. */
int rdb_spooled_write(
	struct rdb_spooled *spooled, const void *data, size_t len, struct rdb_err *err);

/* Reads from the beginning on: a length, 0 at the end, -EIO, -ENOMEM. */
ssize_t rdb_spooled_read(struct rdb_spooled *spooled, void *buf, size_t len, struct rdb_err *err);

#endif
