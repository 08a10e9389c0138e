/*
 * A table that a restore has left in the cluster, to be dropped, or reported to the user. Not
 * thread-safe. The functions wait for the cluster, and return 0 or an error of rdb_client_query().
 */
#ifndef RDB_RESTORE_LEFT_TABLE_H
#define RDB_RESTORE_LEFT_TABLE_H

#include "cluster/client.h"

#include <stdbool.h>

/* Names and id of the table. The texts must outlive the calls. */
struct rdb_left_table {
	const char *db, *table;
	const char *before; /* earlier name that the table may have; NULL if there is none */
	const char *id;     /* "" if unknown; the names are then unique */
};

/* Drops the table under either of its names, if the id is right. Sets *dropped if the table
 * existed. */
int rdb_left_table_drop(const struct rdb_left_table *left, struct rdb_client *client, bool *dropped,
	struct rdb_err *err);

/* Logs a warning that the table may be incomplete, if the table exists and has the id. */
int rdb_left_table_report(
	const struct rdb_left_table *left, struct rdb_client *client, struct rdb_err *err);

#endif
