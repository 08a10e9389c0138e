/*
 * Synchronizes a table of a cluster with a table of a backup by writing only the differences
 * (existing=sync). Both tables are read in key order and compared. Missing documents are inserted,
 * and different documents are replaced. Then documents that are not in the backup are deleted, and
 * the indexes and the write hook are synchronized. After an interruption, the table has documents
 * of both the old table and the backup, and the next run continues from there.
 *
 * A document that another client writes meanwhile is not overwritten without a check
 * (pipeline/sync_writer.h).
 *
 * Errors, beside those of the connection, -EACCES, -ENOSPC, -ECANCELED and -ENOMEM:
 *   -EINVAL if the tables have different primary keys, or if a document is invalid, duplicate or
 *           refused by the server;
 *   -ENOENT if the table is gone, or another table has its name;
 *   -EBUSY if the table was left by an unfinished restore, and is being dropped;
 *   -EIO if the backup is damaged;
 *   -EREMOTEIO if the cluster failed repeatedly.
 *
 * Not thread-safe. The functions wait for the cluster.
 */
#ifndef RDB_RESTORE_SYNC_TABLE_H
#define RDB_RESTORE_SYNC_TABLE_H

#include "archive/archive.h"
#include "job/job.h"
#include "pipeline/restore_policy.h"
#include "pipeline/sync_collect.h"
#include "pipeline/sync_writer.h"

#include <stdatomic.h>

struct rdb_sync_options {
	struct rdb_cluster *cluster;
	struct rdb_job *job;
	struct rdb_archive *archive;
	const struct rdb_member *documents; /* the archive's file with the documents */
	/* Documents to read instead of the archive's documents, or NULL. If the field is not NULL,
	 * rdb_sync_run() does not report the table's state to the job, because the caller does. */
	struct rdb_sync_collect *collected;
	const char *db, *table;    /* names in the cluster; the table must exist */
	struct rdb_json_span info; /* text of the table's .info file; empty if none */
	int number;                /* number of the table in the job; unused in a dry run */
	const atomic_bool *stop; /* if set to true, the call soon returns -ECANCELED; may be NULL */
	unsigned connections;
	bool dry_run; /* compare only */
	const struct rdb_restore_policy *policy;
};

/* Result of rdb_sync_run(). In a dry run, nothing is changed. The fields then have the values that
 * the same run without dry_run would yield. */
struct rdb_sync_result {
	struct rdb_sync_written written;
	uint64_t same;          /* number of equal documents */
	uint64_t extra;         /* number of kept documents that are not in the backup */
	size_t indexes;         /* number of indexes that were created, replaced or dropped */
	bool hook;              /* the write hook was set or removed */
	struct rdb_err missing; /* first index or hook that was not synchronized; else code 0 */
};

/* Makes the table in the cluster equal to the table in the backup. After an error, a part of the
 * changes may have been made. */
int rdb_sync_run(const struct rdb_sync_options *options, struct rdb_sync_result *result,
	struct rdb_err *err);

#endif
