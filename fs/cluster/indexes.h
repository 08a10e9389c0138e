/*
 * Secondary indexes and the write hook of a table, as its .info has them. Waits for the cluster;
 * one thread.
 */
#ifndef RDB_CLUSTER_INDEXES_H
#define RDB_CLUSTER_INDEXES_H

#include "cluster/client.h"
#include "cluster/table_info.h"
#include "job/job.h"

/* The table's name for messages; the one that it has now; whether it may have indexes already. */
struct rdb_indexes {
	struct rdb_client *client;
	struct rdb_job *job;
	const char *db, *table, *name;
	/* One of the same name is replaced unless it is equal; it works until the new one is
	 * built. */
	bool merge;
	bool exact; /* with merge: those that the .info doesn't have are dropped */
	const struct rdb_table_info *only; /* with exact: no others than its; NULL: any */
	/* An .info without a write hook leaves the table's own: others made the table. */
	bool keep_hook;
	bool hooked; /* out: the table has the write hook of the .info */
	size_t warnings;
	struct rdb_err missing; /* out: the first index or hook that was not restored, and why */
};

/*
 * Makes the indexes and waits until they are built. What the server refuses is a warning to the
 * job, and the rest goes on. 0, or errors of rdb_client_query() that no other index would be
 * spared.
 */
int rdb_indexes_build(
	struct rdb_indexes *indexes, const struct rdb_table_info *info, struct rdb_err *err);

/* Sets the write hook; otherwise the same. */
int rdb_indexes_hook(
	struct rdb_indexes *indexes, const struct rdb_table_info *info, struct rdb_err *err);

#endif
