/*
 * Secondary indexes and the write hook of a table, as in its .info. Blocks on the cluster; one
 * thread.
 */
#ifndef RDB_CLUSTER_INDEXES_H
#define RDB_CLUSTER_INDEXES_H

#include "cluster/client.h"
#include "cluster/table_info.h"
#include "job/job.h"

/* table: for messages; name: the table's current name; merge: it may have indexes already. */
struct rdb_indexes {
	struct rdb_client *client;
	struct rdb_job *job;
	const char *db, *table, *name;
	/* An index of the same name is replaced unless it is equal; it stays usable until the new
	 * one is built. */
	bool merge;
	bool exact;                        /* with merge: drop indexes that are not in the .info */
	const struct rdb_table_info *only; /* with exact: drop only indexes in this; NULL: any */
	/* A table that this restore did not create keeps its hook if the .info has none. */
	bool keep_hook;
	bool hooked; /* out: the table has the .info's write hook */
	size_t warnings;
	struct rdb_err missing; /* out: first index or hook not restored, and why */
};

/*
 * Creates the indexes and waits until they are built. An index that the server refuses becomes a
 * warning of the job, and the others are still built. Returns 0, or errors of rdb_client_query()
 * that would affect the other indexes as well.
 */
int rdb_indexes_build(
	struct rdb_indexes *indexes, const struct rdb_table_info *info, struct rdb_err *err);

/* As rdb_indexes_build(), for the write hook. */
int rdb_indexes_hook(
	struct rdb_indexes *indexes, const struct rdb_table_info *info, struct rdb_err *err);

#endif
