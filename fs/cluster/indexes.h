/*
 * Secondary indexes and the write hook of a table, restored from the table's .info file. The
 * functions wait for the cluster. One thread uses an object.
 */
#ifndef RDB_CLUSTER_INDEXES_H
#define RDB_CLUSTER_INDEXES_H

#include "cluster/client.h"
#include "cluster/table_info.h"
#include "job/job.h"

/* Parameters and results of the functions below. "name" is the table's present name, which may be
 * temporary. "table" is the table's name in messages. */
struct rdb_indexes {
	struct rdb_client *client;
	struct rdb_job *job;
	const char *db, *table, *name;
	/* True if the table may already have indexes. rdb_indexes_build() then replaces each
	 * existing index whose function differs from the .info file. The old index stays usable
	 * until the new index is built. */
	bool merge;
	bool exact; /* if merge is true: drop indexes that are not in the .info file */
	const struct rdb_table_info *only; /* indexes that "exact" may drop; NULL: all */
	/* If true, the table keeps its present write hook even if the .info file has no write hook.
	 * Set if documents are added to an existing table. Not set if the table is made equal to
	 * the backup. */
	bool keep_hook;
	/* True if the table is known to have a write hook. If false, rdb_indexes_hook() ignores the
	 * server's refusal to remove a hook, because a server that does not support write hooks
	 * refuses every removal. */
	bool has_hook;
	bool hooked;     /* result: the table has the write hook of its .info file */
	bool unhooked;   /* result: the table's write hook was removed */
	size_t changed;  /* result: number of indexes that were created, replaced or dropped */
	size_t warnings; /* result: number of indexes and hooks that were not restored */
	struct rdb_err missing; /* result: first failure to restore an index or hook */
};

/* Creates the indexes and waits until they are built. An index that the server refuses causes a
 * warning, not an error. Returns 0, or an error of rdb_client_query() for any other failure. */
int rdb_indexes_build(
	struct rdb_indexes *indexes, const struct rdb_table_info *info, struct rdb_err *err);

/* Sets or removes the table's write hook as the .info file says. Removes a hook only if
 * indexes->merge is true and indexes->keep_hook is false. A refused or invalid hook causes only a
 * warning. Returns 0 or an error of rdb_client_query(). */
int rdb_indexes_hook(
	struct rdb_indexes *indexes, const struct rdb_table_info *info, struct rdb_err *err);

#endif
