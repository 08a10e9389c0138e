/*
 * Exchange of an existing table for a restored table. The existing table is renamed, the restored
 * table gets its name, and the existing table is dropped. Not thread-safe. Waits for the cluster,
 * and cannot be cancelled between the renames.
 */
#ifndef RDB_STAGING_TABLE_EXCHANGE_H
#define RDB_STAGING_TABLE_EXCHANGE_H

#include "cluster/client.h"

#include <stdbool.h>

/* Names and ids of the existing table and of the restored table that replaces it. The texts must
 * outlive the exchange. */
struct rdb_table_exchange {
	const char *db, *table; /* name of the existing table */
	const char *instead;    /* id of the existing table, which is dropped; NULL if none */
	const char *name;       /* present name of the restored table */
	const char *id;         /* id of the restored table */
	/* After an error: true if the cluster may still have both tables, whose names are in the
	 * error's text. */
	bool both;
};

/* Gives the existing table's name to the restored table, and drops the existing table. Returns
 * -EEXIST if a third table has the name. */
int rdb_table_exchange_run(
	struct rdb_table_exchange *x, struct rdb_client *client, struct rdb_err *err);

#endif
