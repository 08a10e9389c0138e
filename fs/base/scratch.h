/* Temporary files without a name: their space is free again when they are closed. */
#ifndef RDB_BASE_SCRATCH_H
#define RDB_BASE_SCRATCH_H

#include "base/err.h"

/*
 * Opens one in a folder (NULL: TMPDIR, else /var/tmp) for reading and writing, mode 0600. Returns
 * the descriptor, or the errno of open(2): -ENOENT -EACCES -EROFS -ENOSPC …
 */
int rdb_scratch_open(const char *dir, struct rdb_err *err);

#endif
