/* Progress bars on a terminal. All functions are thread-safe. */
#ifndef RDB_CMD_BAR_H
#define RDB_CMD_BAR_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rdb_bar {
	const char *label;    /* control characters are shown as "?" */
	uint64_t done, total; /* bytes processed, and bytes in total (0 if unknown) */
	double rate;          /* bytes per second; 0 if unknown */
};

/* Estimates a job's total number of bytes. "bytes" and "documents" are done so far, and
 * "documents_total" is the number of all documents. Returns 0 if no estimate is possible. */
uint64_t rdb_bar_total(uint64_t bytes, uint64_t documents, int64_t documents_total);

/*
 * Appends one line without a newline, at most width columns wide:
 *   label  [#########---------]  47 %  12.3 MiB/s  1:23 left
 * If the width is too small, the label is cut, the bar shrinks, and numbers are omitted from the
 * right. Returns 0 or -ENOMEM.
 */
int rdb_bar_draw(const struct rdb_bar *bar, unsigned width, struct rdb_buf *out);

/* rdb_bar_width() returns the number of columns of the terminal fd. rdb_bar_height() returns the
 * number of lines of the terminal fd. Both return "otherwise" if fd is not a terminal, or if the
 * number is unknown. */
unsigned rdb_bar_width(int fd, unsigned otherwise);
unsigned rdb_bar_height(int fd, unsigned otherwise);

/* Returns true if fd is a terminal on which a line can be redrawn. For this, the environment
 * variable TERM must be set and differ from "dumb". */
bool rdb_bar_fits(int fd);

/* Returns how many of the first "len" bytes of "text" fit into "columns" columns of a terminal.
 * Stores in *used how many columns these bytes take. An invalid byte takes one column. */
size_t rdb_bar_cut(const char *text, size_t len, unsigned columns, unsigned *used);

/* Formats a number of bytes, for example "12.3 MiB". buf has at least 32 bytes, and is returned. */
char *rdb_bar_bytes(double bytes, char *buf);

/* Formats a number of seconds, for example "1:23" or "2:03:04". buf has at least 32 bytes, and is
 * returned. */
char *rdb_bar_time(double seconds, char *buf);

#endif
