/* Temporary files without a name: closing them releases their space. */
#ifndef RDB_BASE_SCRATCH_H
#define RDB_BASE_SCRATCH_H

#include "base/err.h"

/*
 * Opens a temporary file in a folder (NULL: TMPDIR, else /var/tmp) for reading and writing, mode
 * 0600. Returns the descriptor, or a negative errno of open(2): -ENOENT -EACCES -EROFS -ENOSPC …
 */
int rdb_scratch_open(const char *dir, struct rdb_err *err);

#endif
