/* The table that `rdbfs list` prints. Functions return 0 or -ENOMEM. Threads: no shared state. */
#ifndef RDB_CMD_LIST_TABLE_H
#define RDB_CMD_LIST_TABLE_H

#include "cmd/columns.h"
#include "tree/summary.h"

struct rdb_list_table {
	struct rdb_columns columns;
	struct rdb_buf notes; /* for each row a note on what is wrong, and a NUL */
};

/* Creates the table with its heading. Must be freed also after a failure. */
int rdb_list_table_init(struct rdb_list_table *table);
int rdb_list_table_add(struct rdb_list_table *table, const struct rdb_summary *summary);
int rdb_list_table_format(const struct rdb_list_table *table, struct rdb_buf *out);
void rdb_list_table_free(struct rdb_list_table *table);

/* Appends a text on the files of the source that are not listed, and why; nothing if there are
 * none. */
int rdb_list_table_passed_over(const struct rdb_listing *listing, struct rdb_buf *out);

#endif
