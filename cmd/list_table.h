/* The table that `rdbfs list` prints. The functions return 0 or -ENOMEM. Different threads may use
 * different tables at the same time. */
#ifndef RDB_CMD_LIST_TABLE_H
#define RDB_CMD_LIST_TABLE_H

#include "base/buf.h"
#include "tree/summary.h"

#define RDB_LIST_COLUMNS 9

struct rdb_list_table {
	unsigned widths[RDB_LIST_COLUMNS];
	struct rdb_buf cells; /* cells row by row, each followed by a NUL */
	size_t cell_count;
	struct rdb_buf notes; /* notes about problems, one per row; each ends with a NUL */
};

/* Creates the table with its heading. The caller frees the table also after a failure. */
int rdb_list_table_init(struct rdb_list_table *table);
int rdb_list_table_add(struct rdb_list_table *table, const struct rdb_summary *summary);
int rdb_list_table_format(const struct rdb_list_table *table, struct rdb_buf *out);
void rdb_list_table_free(struct rdb_list_table *table);

/* Appends a line such as "3 files are not listed: x.dump (unknown suffix), ...". Appends nothing if
 * every file is listed. Returns 0 or -ENOMEM. */
int rdb_list_table_passed_over(const struct rdb_listing *listing, struct rdb_buf *out);

#endif
