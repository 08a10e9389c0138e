/*
 * The tables of a cluster and their metadata, as a comparison needs them. Both wait for the
 * cluster, with the client's retries. One thread.
 */
#ifndef RDB_COMPARE_CLUSTER_TABLES_H
#define RDB_COMPARE_CLUSTER_TABLES_H

#include "cluster/client.h"
#include "dump/describe.h"
#include "dump/dump_plan.h"

/* All tables but those that are just being restored, sorted by database and name. Needs no
 * permission. Errors as rdb_plan_make(). */
int rdb_cluster_tables_list(struct rdb_client *client, struct rdb_plan *out, struct rdb_err *err);

/* What a backup would say of a table. Errors as rdb_describe(). */
int rdb_cluster_table_describe(struct rdb_client *client, const char *db, const char *table,
	struct rdb_describe *out, struct rdb_err *err);

#endif
