/*
 * A whole backup restored: the tables of an archive or a folder, several at a time, straight from
 * it (restore/restore_table.h), so no table is seen before it is complete. Databases without
 * tables are made after them.
 *
 * Threads: one calls; cancelling the job ends it from any other.
 */
#ifndef RDB_RESTORE_RESTORE_H
#define RDB_RESTORE_RESTORE_H

#include "archive/archive.h"
#include "restore/restore_table.h"

/* What became of a restore, beside the job's facts. */
struct rdb_restore_outcome {
	size_t failures; /* tables, and databases without tables, that were not restored */
	/* The first index or write hook that a restored table lacks, as in struct
	 * rdb_restore_table_facts; code 0: none. */
	struct rdb_err missing;
};

struct rdb_restore_options {
	struct rdb_cluster *cluster;
	struct rdb_archive *archive; /* not NULL */
	const char *const *names;    /* DB or DB.TABLE; none: all */
	size_t name_count;
	const char *const *except; /* DB or DB.TABLE that are left out */
	size_t except_count;
	const char *as; /* DB or DB.TABLE, instead of the one that is restored; NULL: as it is */
	struct rdb_restore_policy policy;
	bool dry_run; /* only tell what would be done, by say() */
	/* A line for people; may be NULL. On any thread, one at a time. */
	void (*say)(void *arg, const char *line);
	void *arg;
	struct rdb_restore_outcome *outcome; /* is filled in; NULL: not */
};

/*
 * Restores. The job is started, and ended with the outcome. Nothing is written to the cluster
 * before all of these are known not to be so:
 *   -EIO      the archive is damaged
 *   -ENOENT   it has nothing, or nothing of a name that was asked for or excluded
 *   -EINVAL   names that can't be, or that are asked for and excluded as well; two files of one
 * table; a table there has another primary key; nothing tells a table's primary key, or what should
 * tell it is no document -EEXIST   tables are there already: the words count them, say() names each
 *   -EPERM    the database "rethinkdb"
 * A table that fails later does not stop the others; what the first said is returned.
 *   -EREMOTEIO  policy.complete, and a table lacks an index or its write hook: outcome.missing
 */
int rdb_restore_run(
	const struct rdb_restore_options *options, struct rdb_job *job, struct rdb_err *err);

#endif
