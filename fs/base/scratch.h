/* Temporary files without a name. Closing the file frees its space. */
#ifndef RDB_BASE_SCRATCH_H
#define RDB_BASE_SCRATCH_H

#include "base/err.h"

/*
 * Opens a temporary file with mode 0600 for reading and writing in the folder dir. If dir is NULL,
 * uses the folder $TMPDIR, or /var/tmp if TMPDIR is not set. Returns the descriptor, or a negative
 * errno of open(2) such as -ENOENT, -EACCES, -EROFS or -ENOSPC.
 */
int rdb_scratch_open(const char *dir, struct rdb_err *err);

#endif
