/* Temporary files without a name. Closing the file frees its space. */
#ifndef RDB_IO_SCRATCH_H
#define RDB_IO_SCRATCH_H

#include "base/err.h"

/* Opens a temporary file for reading and writing in the folder "dir", or in $TMPDIR or /var/tmp if
 * "dir" is NULL. Returns the descriptor, or an error of open(2). */
int rdb_scratch_open(const char *dir, struct rdb_err *err);

#endif
