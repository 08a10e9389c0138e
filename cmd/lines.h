/* Lines for people on standard output and standard error. */
#ifndef RDB_CMD_LINES_H
#define RDB_CMD_LINES_H

#include "base/buf.h"
#include "base/err.h"
#include "cmd/settings.h"

#include <stdio.h>

/* Writes lines to standard output. If standard output is a terminal of a known width, cuts each
 * line to this width. Returns 0 or -EIO. */
int rdb_lines_put(const struct rdb_buf *lines, struct rdb_err *err);

/* Prints a line and a line feed to the stream "out", and flushes this stream. Replaces control
 * characters in the line by "?". */
void rdb_lines_print(FILE *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Prints the error to standard error. With --log-format json, the error is printed as a line of the
 * log, otherwise as a message for the user. */
void rdb_lines_error(const struct rdb_settings *settings, const struct rdb_err *err);

#endif
