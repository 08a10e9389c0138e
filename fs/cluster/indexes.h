/*
 * Secondary indexes and the write hook of a table, restored from the table's .info file. The
 * functions wait for the cluster. One thread uses an object.
 */
#ifndef RDB_CLUSTER_INDEXES_H
#define RDB_CLUSTER_INDEXES_H

#include "cluster/client.h"
#include "cluster/table_info.h"
#include "job/job.h"

/* Parameters and results of rdb_indexes_build() and rdb_indexes_hook(). "name" is the present name
 * of the table in the cluster, which may be temporary. "table" is the name for messages. */
struct rdb_indexes {
	struct rdb_client *client;
	struct rdb_job *job;
	const char *db, *table, *name;
	/* True if the table may already have indexes. An existing index that differs from the index
	 * in the table's .info file is then replaced, and stays usable until the new index is
	 * built. */
	bool merge;
	bool exact; /* if merge is true: drop indexes that are not in the .info file */
	const struct rdb_table_info *only; /* indexes that "exact" may drop; NULL: all */
	/* A write hook is a function that the server calls for each write to a table. If keep_hook
	 * is true, and the table's .info file has no hook, the table keeps its present hook. If
	 * keep_hook is false, rdb_indexes_hook() may remove the hook. The caller sets keep_hook to
	 * true if the restore adds documents to an existing table, but not if the restore makes an
	 * existing table equal to the backup. */
	bool keep_hook;
	bool hooked; /* result: the table has the write hook of its .info file */
	size_t warnings;
	struct rdb_err missing; /* result: first failure to restore an index or hook */
};

/*
 * Creates the indexes, and waits until they are built. An index that the server refuses, or that
 * the user may not create, causes only a warning. Returns 0, even after such a warning, or an error
 * of rdb_client_query() that is no refusal, such as a lost connection.
 */
int rdb_indexes_build(
	struct rdb_indexes *indexes, const struct rdb_table_info *info, struct rdb_err *err);

/* Sets the write hook. If the server refuses the hook, the function reports a warning to the job
 * and returns 0. Otherwise returns 0, or an error of rdb_client_query() such as a lost connection.
 */
int rdb_indexes_hook(
	struct rdb_indexes *indexes, const struct rdb_table_info *info, struct rdb_err *err);

#endif
