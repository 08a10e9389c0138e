/*
 * A table in the cluster that a restore has left behind: dropped, or reported to the user. One
 * thread; blocks on the cluster. Functions return 0 or an error of rdb_client_query().
 */
#ifndef RDB_RESTORE_LEFT_TABLE_H
#define RDB_RESTORE_LEFT_TABLE_H

#include "cluster/client.h"

#include <stdbool.h>

/* Texts must outlive the calls. */
struct rdb_left_table {
	const char *db, *table;
	const char *before; /* earlier name that the table may still have; NULL: none */
	const char *id;     /* "": unknown; the names are unique then */
};

/* Drops the table, if it has that id, under the name that it has. *dropped: it existed. */
int rdb_left_table_drop(const struct rdb_left_table *left, struct rdb_client *client, bool *dropped,
	struct rdb_err *err);

/* Logs a warning that the table may be incomplete, if it exists and has that id. */
int rdb_left_table_report(
	const struct rdb_left_table *left, struct rdb_client *client, struct rdb_err *err);

#endif
