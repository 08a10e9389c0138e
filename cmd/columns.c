#include "cmd/columns.h"

#include "base/printable.h"
#include "cmd/bar.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

static unsigned width_of(const char *text)
{
	unsigned used;

	rdb_bar_cut(text, strlen(text), UINT_MAX / 2, &used);
	return used;
}

int rdb_columns_add(struct rdb_columns *columns, const char *text)
{
	size_t start = columns->cells.len;
	unsigned *width = &columns->widths[columns->cell_count % columns->count];
	unsigned used;

	if (rdb_buf_add(&columns->cells, text, strlen(text) + 1) != 0)
		return -ENOMEM;
	rdb_printable(columns->cells.data + start, strlen(text));
	used = width_of(columns->cells.data + start);
	if (used > *width && used <= RDB_COLUMNS_WIDTH)
		*width = used;
	columns->cell_count++;
	return 0;
}

static int put_cell(
	const struct rdb_columns *columns, size_t column, const char *text, struct rdb_buf *out)
{
	unsigned used = width_of(text), width = columns->widths[column];
	int fill = used < width ? (int)(width - used) : 0;

	if (columns->right[column])
		return rdb_buf_printf(out, "%*s%s", fill, "", text);
	if (column + 1 == columns->count)
		return rdb_buf_puts(out, text);
	return rdb_buf_printf(out, "%s%*s", text, fill, "");
}

int rdb_columns_next(const struct rdb_columns *columns, size_t *at, struct rdb_buf *out)
{
	int ret = 0;

	for (size_t column = 0; column < columns->count && ret == 0; column++) {
		const char *text = columns->cells.data + *at;

		ret = column ? rdb_buf_puts(out, "  ") : 0;
		if (ret == 0)
			ret = put_cell(columns, column, text, out);
		*at += strlen(text) + 1;
	}
	return ret ? ret : rdb_buf_putc(out, '\n');
}

void rdb_columns_free(struct rdb_columns *columns)
{
	rdb_buf_free(&columns->cells);
}
