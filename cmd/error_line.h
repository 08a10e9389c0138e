/* Lines on standard error that name the error of a command. */
#ifndef RDB_CMD_ERROR_LINE_H
#define RDB_CMD_ERROR_LINE_H

#include "base/err.h"

struct rdb_settings;

/* Prints an error message for the user. With --log-format json, writes the error as a line of the
 * log to standard error instead. */
void rdb_error_line(const struct rdb_settings *settings, const struct rdb_err *err);

#endif
