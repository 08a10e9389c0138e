/*
 * Exchange of an existing table for a restored one: the existing table is renamed away, the
 * restored one gets its name, and the existing one is dropped. One thread; blocks on the cluster,
 * and cannot be cancelled between the renames.
 */
#ifndef RDB_RESTORE_TABLE_EXCHANGE_H
#define RDB_RESTORE_TABLE_EXCHANGE_H

#include "cluster/client.h"

#include <stdbool.h>

/* Texts must outlive the exchange. */
struct rdb_table_exchange {
	const char *db, *table; /* name of the existing table */
	const char *instead;    /* its id */
	const char *name;       /* present name of the restored table */
	const char *id;         /* its id */
	/* Result: both tables stay. How many renames were done is unknown, or the second failed and
	 * the first cannot be undone. The error's text contains the names. */
	bool both;
};

/*
 * Renames the tables. If the existing table was dropped meanwhile, only the restored one is
 * renamed. -EEXIST  another table has the name errors of rdb_table_rename()
 */
int rdb_table_exchange_run(
	struct rdb_table_exchange *x, struct rdb_client *client, struct rdb_err *err);

#endif
