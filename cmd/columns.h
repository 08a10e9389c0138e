/* Text tables with columns as wide as their longest cells. Different threads may use different
 * tables at the same time. */
#ifndef RDB_CMD_COLUMNS_H
#define RDB_CMD_COLUMNS_H

#include "base/buf.h"

#include <stdbool.h>

#define RDB_COLUMNS_MAX 12
#define RDB_COLUMNS_WIDTH 60 /* columns of the widest cell that can widen its column */

/* The columns and the cells of a table. The caller sets "count" and "right", and sets the other
 * fields to zero. */
struct rdb_columns {
	size_t count;                /* number of columns */
	bool right[RDB_COLUMNS_MAX]; /* the column is right-aligned */
	unsigned widths[RDB_COLUMNS_MAX];
	struct rdb_buf cells; /* cells row by row, each followed by a NUL */
	size_t cell_count;
};

/* Appends a cell to the current row, or begins a new row if the current row is complete. Replaces
 * characters that would move the cursor. Returns 0 or -ENOMEM. */
int rdb_columns_add(struct rdb_columns *columns, const char *text);

/* Call this function after all cells have been added. Appends one row and a line feed to "out". *at
 * is the byte offset of the row's first cell in columns->cells. The caller sets *at to 0 for the
 * first row, and each call advances *at to the next row. Returns 0 or -ENOMEM. */
int rdb_columns_next(const struct rdb_columns *columns, size_t *at, struct rdb_buf *out);

void rdb_columns_free(struct rdb_columns *columns);

#endif
