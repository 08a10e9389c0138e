/* A text table with columns as wide as their longest cells. Threads: no shared state. */
#ifndef RDB_CMD_COLUMNS_H
#define RDB_CMD_COLUMNS_H

#include "base/buf.h"

#include <stdbool.h>

#define RDB_COLUMNS_MAX 12
#define RDB_COLUMNS_WIDTH 60 /* wider cells are shown whole and break the alignment */

/* A table without rows is zero-initialised except for the first two members. */
struct rdb_columns {
	size_t count;                /* number of columns */
	bool right[RDB_COLUMNS_MAX]; /* right-aligned */
	unsigned widths[RDB_COLUMNS_MAX];
	struct rdb_buf cells; /* text of each cell and a NUL, row by row */
	size_t cell_count;
};

/* Appends a cell to the last row, or starts a row if that is complete. Characters that would move a
 * terminal's cursor are replaced. Returns 0 or -ENOMEM. */
int rdb_columns_add(struct rdb_columns *columns, const char *text);

/* Appends the row that begins at *at (0: the first) and a line feed; advances *at. The last column
 * is not padded. Every row must be complete. Returns 0 or -ENOMEM. */
int rdb_columns_next(const struct rdb_columns *columns, size_t *at, struct rdb_buf *out);

void rdb_columns_free(struct rdb_columns *columns);

#endif
