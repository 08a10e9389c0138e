/*
 * Restores a whole backup: the tables of an archive or a folder, several at the same time, then
 * databases without tables. No table is visible before it is complete (restore/restore_table.h).
 *
 * If one of the following errors is found, nothing was written to the cluster:
 *   -EIO if the archive is damaged;
 *   -ENOENT if the archive is empty, or a given database or table is missing;
 *   -EINVAL if a name is invalid, or both selected and excluded; if a table has two files, or its
 *           primary key is unknown; or if an existing table has another primary key; or if
 *           options.as is the name of one table or database for several;
 *   -EEXIST if tables exist already; say() was called for each of them;
 *   -EPERM if the database is "rethinkdb".
 * If a table fails later, the other tables are still restored.
 *
 * Threads: one thread calls. Any other thread may cancel the job, which ends the restore.
 */
#ifndef RDB_RESTORE_RESTORE_H
#define RDB_RESTORE_RESTORE_H

#include "archive/archive.h"
#include "restore/restore_table.h"
#include "restore/sync_table.h"

/* Results of a restore that rdb_job_facts() does not report. */
struct rdb_restore_outcome {
	size_t failures; /* number of tables and of databases without tables that failed */
	/* Error for the first index or write hook that a restored table lacks. The code is
	 * EREMOTEIO, or 0 if nothing is missing. */
	struct rdb_err missing;
	/* Sums of the document counts of all tables. Used with existing=sync. The documents of
	 * created tables count as inserted. The fields "indexes", "hook" and "missing" are unused.
	 */
	struct rdb_sync_result synced;
};

struct rdb_restore_options {
	struct rdb_cluster *cluster;
	struct rdb_archive *archive; /* must not be NULL */
	const char *const *names; /* DB or DB.TABLE to restore; if empty, everything is restored */
	size_t name_count;
	const char *const *except; /* DB or DB.TABLE to leave out */
	size_t except_count;
	const char *as; /* DB or DB.TABLE to restore to; NULL to keep the names */
	struct rdb_restore_policy policy;
	bool dry_run; /* only report by say() what would be done */
	/* Called with a line of text for the user. The calls are made on any thread, one at a time.
	 * The function may be NULL. */
	void (*say)(void *arg, const char *line);
	void *arg;
	struct rdb_restore_outcome *outcome; /* filled in; may be NULL */
};

/*
 * Restores the backup, and starts and ends the job. Waits for the cluster.
 *
 * Returns:
 *   0           the job has succeeded
 *   -ECANCELED  the job was cancelled
 *   -EREMOTEIO  an index or a write hook is missing, and policy.complete is true
 *   other       an error from the list above, or the error of the first failed table
 */
int rdb_restore_run(
	const struct rdb_restore_options *options, struct rdb_job *job, struct rdb_err *err);

#endif
