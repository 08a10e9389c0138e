/*
 * Documents in a compressed, unnamed file on disk. They are kept until the restore knows how to
 * insert them. Not thread-safe.
 */
#ifndef RDB_PIPELINE_SPOOLED_H
#define RDB_PIPELINE_SPOOLED_H

#include "base/err.h"

#include <stddef.h>
#include <sys/types.h>

struct rdb_spooled;

/* Creates an empty temporary file in the folder "dir", and stores the new object in *out. If "dir"
 * is NULL, uses the default folder of rdb_scratch_open(). Returns 0, -ENOMEM, or an error of
 * open(). */
int rdb_spooled_create(const char *dir, struct rdb_spooled **out, struct rdb_err *err);
void rdb_spooled_free(struct rdb_spooled *spooled); /* spooled may be NULL */

/* Appends bytes to the file. Must not be called after the first read. Returns 0, -ENOMEM, -ENOSPC
 * or another error of write(). */
int rdb_spooled_write(
	struct rdb_spooled *spooled, const void *data, size_t len, struct rdb_err *err);

/* Reads the next bytes of the file. The first call begins at the file's start. Returns the number
 * of bytes, 0 at the file's end, -EIO or -ENOMEM. */
ssize_t rdb_spooled_read(struct rdb_spooled *spooled, void *buf, size_t len, struct rdb_err *err);

#endif
