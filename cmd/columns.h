/* A table of text for people: columns as wide as what they hold. Threads: no shared state. */
#ifndef RDB_CMD_COLUMNS_H
#define RDB_CMD_COLUMNS_H

#include "base/buf.h"

#include <stdbool.h>

#define RDB_COLUMNS_MAX 12
#define RDB_COLUMNS_WIDTH 60 /* a wider cell is shown whole, and what follows is not lined up */

/* Zero-initialised but for the first two: no rows. */
struct rdb_columns {
	size_t count;                /* of columns */
	bool right[RDB_COLUMNS_MAX]; /* lined up at the right */
	unsigned widths[RDB_COLUMNS_MAX];
	struct rdb_buf cells; /* each cell's text and a NUL, row after row */
	size_t cell_count;
};

/* Appends a cell to the last row, or begins a row when that one is complete. Characters that would
 * move a terminal's cursor are replaced. 0 or -ENOMEM. */
int rdb_columns_add(struct rdb_columns *columns, const char *text);

/* Appends the row that begins at *at, 0 for the first, and a line feed; moves *at to the next. The
 * last column is not filled up. Every row is complete. 0 or -ENOMEM. */
int rdb_columns_next(const struct rdb_columns *columns, size_t *at, struct rdb_buf *out);

void rdb_columns_free(struct rdb_columns *columns);

#endif
