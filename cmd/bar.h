/* Progress bars on a terminal. Thread-safe. */
#ifndef RDB_CMD_BAR_H
#define RDB_CMD_BAR_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rdb_bar {
	const char *label;    /* control characters are shown as "?" */
	uint64_t done, total; /* bytes; total 0: unknown */
	double rate;          /* bytes per second; 0: unknown */
};

/*
 * Appends one line without a newline, at most width columns wide:
 *   label  [#########---------]  47 %  12.3 MiB/s  1:23 left
 * If the width is too small, the label is cut, the bar shrinks, and numbers are omitted from the
 * right. Returns 0 or -ENOMEM.
 */
int rdb_bar_draw(const struct rdb_bar *bar, unsigned width, struct rdb_buf *out);

/* Width and height of the terminal on fd; 80 columns and 24 lines if unknown. */
unsigned rdb_bar_width(int fd);
unsigned rdb_bar_height(int fd);

/* Returns whether fd is a terminal on which a line can be redrawn: TERM is set and not "dumb". */
bool rdb_bar_fits(int fd);

/* Bytes of a text that fit into the given columns, at most len; sets *used to the columns that
 * these bytes occupy. Bytes that are invalid in the locale count as one column each. */
size_t rdb_bar_cut(const char *text, size_t len, unsigned columns, unsigned *used);

/* Formats bytes: "12.3 MiB". buf has at least 32 bytes and is returned. */
char *rdb_bar_bytes(double bytes, char *buf);

/* Formats seconds: "1:23", "2:03:04". buf has at least 32 bytes and is returned. */
char *rdb_bar_time(double seconds, char *buf);

#endif
