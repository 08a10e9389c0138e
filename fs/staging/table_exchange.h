/*
 * Exchange of an existing table for a restored table. The existing table is renamed, the restored
 * table gets its name, and the existing table is dropped. Not thread-safe. Waits for the cluster,
 * and cannot be cancelled between the renames.
 */
#ifndef RDB_STAGING_TABLE_EXCHANGE_H
#define RDB_STAGING_TABLE_EXCHANGE_H

#include "cluster/client.h"
#include "staging/leftover.h"

#include <stdbool.h>

/* Names and ids of the existing table and of the restored table that replaces it. The texts must
 * outlive the exchange. */
struct rdb_table_exchange {
	const char *db, *table; /* name of the existing table */
	const char *instead;    /* id of the existing table, which is dropped; NULL if none */
	const char *name;       /* present name of the restored table */
	const char *id;         /* id of the restored table */
	/* Journal for the renamed existing table, so that the next process drops this table if this
	 * process is killed. NULL if there is no journal. */
	struct rdb_leftovers *leftovers;
	/* After an error: true if the cluster may still have both the existing table and the
	 * restored table. The error's text has the names of both tables. */
	bool both;
};

/*
 * Gives the name x->table to the restored table, and drops the existing table, which has the id
 * x->instead. If no table has the name x->table, only renames the restored table.
 * Returns:
 *   0        the restored table has the name x->table
 *   -EEXIST  a third table has the name x->table, and keeps this name
 *   other    the error of a failed query
 */
int rdb_table_exchange_run(
	struct rdb_table_exchange *x, struct rdb_client *client, struct rdb_err *err);

#endif
