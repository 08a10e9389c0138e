/* Files without a name, for what has to wait on disk: gone when they are closed. */
#ifndef RDB_BASE_SCRATCH_H
#define RDB_BASE_SCRATCH_H

#include "base/err.h"

/*
 * One in a folder (NULL: TMPDIR, else /var/tmp), for reading and writing. Returns the descriptor.
 *   -ENOENT -EACCES -EROFS -ENOSPC …: open's
 */
int rdb_scratch_open(const char *dir, struct rdb_err *err);

#endif
