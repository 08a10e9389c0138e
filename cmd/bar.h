/* Lines that show progress on a terminal. Thread-safe. */
#ifndef RDB_CMD_BAR_H
#define RDB_CMD_BAR_H

#include "base/buf.h"

#include <stdint.h>

struct rdb_bar {
	const char *label;    /* control characters are shown as "?" */
	uint64_t done, total; /* bytes; total 0: not known */
	double rate;          /* bytes a second; 0: not known */
};

/*
 * Appends one line without a newline, at most width columns wide:
 *   label  [#########---------]  47 %  12.3 MiB/s  1:23 left
 * The label is cut and the bar shrinks as the width asks. 0 or -ENOMEM.
 */
int rdb_bar_draw(const struct rdb_bar *bar, unsigned width, struct rdb_buf *out);

/* Columns of the terminal that fd is; 80 where that can't be known. */
unsigned rdb_bar_width(int fd);

/* Bytes for people: "12.3 MiB". buf of at least 32; returned. */
char *rdb_bar_bytes(double bytes, char *buf);

/* Seconds for people: "1:23", "2:03:04". buf of at least 32; returned. */
char *rdb_bar_time(double seconds, char *buf);

#endif
