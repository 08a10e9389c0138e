/* Lines for people on standard output. */
#ifndef RDB_CMD_LINES_H
#define RDB_CMD_LINES_H

#include "base/buf.h"
#include "base/err.h"

/* Writes lines to standard output. If standard output is a terminal of a known width, cuts each
 * line to this width. Returns 0 or -EIO. */
int rdb_lines_put(const struct rdb_buf *lines, struct rdb_err *err);

#endif
