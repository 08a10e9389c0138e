/*
 * Tables of a cluster and their metadata, for comparisons. Both functions wait for the cluster and
 * repeat failed requests. They are called by one thread at a time.
 */
#ifndef RDB_COMPARE_CLUSTER_TABLES_H
#define RDB_COMPARE_CLUSTER_TABLES_H

#include "cluster/client.h"
#include "dump/describe.h"
#include "dump/dump_plan.h"

/* Lists the cluster's tables, except tables that are being restored, sorted by database and name.
 * Works even if the client's user has no permissions in the cluster. Returns 0 or an error of
 * rdb_plan_make(). */
int rdb_cluster_tables_list(struct rdb_client *client, struct rdb_plan *out, struct rdb_err *err);

/* Stores in *out the metadata that a backup of the table would contain. Returns 0 or an error of
 * rdb_describe(). */
int rdb_cluster_table_describe(struct rdb_client *client, const char *db, const char *table,
	struct rdb_describe *out, struct rdb_err *err);

#endif
