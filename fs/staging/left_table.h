/*
 * A table that a restore has left behind in the cluster. The functions drop the table, or report
 * the table to the user. Not thread-safe. The functions wait for the cluster, and return 0 or an
 * error of rdb_client_query().
 */
#ifndef RDB_STAGING_LEFT_TABLE_H
#define RDB_STAGING_LEFT_TABLE_H

#include "cluster/client.h"

#include <stdbool.h>

/* Names and id of a table that a restore created and has left in the cluster. The texts must be
 * valid while the struct is used. */
struct rdb_left_table {
	const char *db, *table;
	const char *before; /* former name that the table may still have; NULL if none */
	const char *id;     /* "" if unknown; the table is then identified by its unique names */
};

/* Drops the table *left under its former or its present name. If left->id is known, never drops a
 * table with another id. Also drops a table that the server has kept although the table's database
 * was dropped. Sets *dropped to whether a table was dropped. */
int rdb_left_table_drop(const struct rdb_left_table *left, struct rdb_client *client, bool *dropped,
	struct rdb_err *err);

/* If the cluster has a table with the name and the id in *left, logs a warning that this table may
 * be incomplete. Returns 0, or an error of rdb_table_look(). */
int rdb_left_table_report(
	const struct rdb_left_table *left, struct rdb_client *client, struct rdb_err *err);

#endif
