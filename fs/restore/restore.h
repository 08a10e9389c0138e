/*
 * Restore of a whole backup: the tables of an archive or a folder, several at a time, directly
 * from it (restore/restore_table.h), so that no table is visible before it is complete. Databases
 * without tables are created last.
 *
 * Threads: one calls; any other may end the restore by cancelling the job.
 */
#ifndef RDB_RESTORE_RESTORE_H
#define RDB_RESTORE_RESTORE_H

#include "archive/archive.h"
#include "restore/restore_table.h"

/* Result of a restore, in addition to the job's facts. */
struct rdb_restore_outcome {
	size_t failures; /* tables, and databases without tables, that failed */
	/* First index or write hook that a restored table lacks, as in struct
	 * rdb_restore_table_facts; code 0: none. */
	struct rdb_err missing;
};

struct rdb_restore_options {
	struct rdb_cluster *cluster;
	struct rdb_archive *archive; /* not NULL */
	const char *const *names;    /* DB or DB.TABLE; none: all */
	size_t name_count;
	const char *const *except; /* DB or DB.TABLE to leave out */
	size_t except_count;
	const char *as; /* DB or DB.TABLE to restore to; NULL: unchanged */
	struct rdb_restore_policy policy;
	bool dry_run; /* only report by say() what would be done */
	/* Receives one line for the user; may be NULL. Called on any thread, but only one call runs
	 * at a time. */
	void (*say)(void *arg, const char *line);
	void *arg;
	struct rdb_restore_outcome *outcome; /* filled in; may be NULL */
};

/*
 * Starts the job, restores, and ends the job with the outcome. The following errors are detected
 * before anything is written to the cluster:
 *   -EIO      the archive is damaged
 *   -ENOENT   the archive is empty, or a name that is selected or excluded was not found
 *   -EINVAL   a name is invalid, or both selected and excluded; a table has two files; an existing
 *             table has another primary key; a table's primary key is unknown, or the document that
 *             should show it is invalid
 *   -EEXIST   tables exist already: the error's text has their number, say() names each
 *   -EPERM    the database "rethinkdb"
 * A table that fails later does not stop the others; the first such error is returned.
 *   -EREMOTEIO  policy.complete, and a table lacks an index or its write hook: outcome.missing
 */
int rdb_restore_run(
	const struct rdb_restore_options *options, struct rdb_job *job, struct rdb_err *err);

#endif
