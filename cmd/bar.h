/* Lines that show progress on a terminal. Thread-safe. */
#ifndef RDB_CMD_BAR_H
#define RDB_CMD_BAR_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rdb_bar {
	const char *label;    /* control characters are shown as "?" */
	uint64_t done, total; /* bytes; total 0: not known */
	double rate;          /* bytes a second; 0: not known */
};

/*
 * Appends one line without a newline, at most width columns wide:
 *   label  [#########---------]  47 %  12.3 MiB/s  1:23 left
 * The label is cut, the bar shrinks, and numbers are left out from the right as the width asks:
 * never is it wider. 0 or -ENOMEM.
 */
int rdb_bar_draw(const struct rdb_bar *bar, unsigned width, struct rdb_buf *out);

/* Columns and lines of the terminal that fd is; 80 and 24 where that can't be known. */
unsigned rdb_bar_width(int fd);
unsigned rdb_bar_height(int fd);

/* Whether fd is a terminal that a line can be drawn on again: not one that TERM calls dumb, or
 * nothing. */
bool rdb_bar_fits(int fd);

/* Bytes of a text that fit into so many columns, at most len; *used: the columns that they take.
 * Bytes that are no character of the locale take one each. */
size_t rdb_bar_cut(const char *text, size_t len, unsigned columns, unsigned *used);

/* Bytes for people: "12.3 MiB". buf of at least 32; returned. */
char *rdb_bar_bytes(double bytes, char *buf);

/* Seconds for people: "1:23", "2:03:04". buf of at least 32; returned. */
char *rdb_bar_time(double seconds, char *buf);

#endif
