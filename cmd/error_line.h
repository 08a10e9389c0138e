/* Lines on standard error that name the error of a command. */
#ifndef RDB_CMD_ERROR_LINE_H
#define RDB_CMD_ERROR_LINE_H

#include "base/err.h"

struct rdb_settings;

/* Prints an error for people, or with --log-format json as a line of the log. In the second case
 * the log is directed to standard error. */
void rdb_error_line(const struct rdb_settings *settings, const struct rdb_err *err);

#endif
