/*
 * Synchronizes a table of a cluster with that of a backup by writing only what differs
 * (existing=sync): both are read in key order and merged. Missing documents are inserted,
 * different ones are replaced, and last, documents that are not in the backup are deleted. Then
 * indexes and write hook are synchronized. An interrupted run leaves the table between its old
 * state and the backup's; the next run continues from there.
 *
 * Documents that other clients write meanwhile are not overwritten without a check:
 * restore/sync_writer.h.
 *
 * One thread; blocks on the cluster.
 */
#ifndef RDB_RESTORE_SYNC_TABLE_H
#define RDB_RESTORE_SYNC_TABLE_H

#include "archive/archive.h"
#include "compare/document_source.h"
#include "job/job.h"
#include "restore/leftover.h"
#include "restore/sync_writer.h"

#include <stdatomic.h>

struct rdb_sync_options {
	struct rdb_cluster *cluster;
	struct rdb_job *job;
	struct rdb_archive *archive;
	const struct rdb_member *documents; /* member of the table in the archive */
	/* Alternative to the archive: opens the backup's documents, once for each comparison. */
	int (*open)(void *arg, struct rdb_document_source **out, struct rdb_err *err);
	void *open_arg;
	const char *db, *table;    /* names in the cluster; the table must exist */
	struct rdb_json_span info; /* text of the backup's .info; absent: none */
	int number;                /* number of the table in the job; -1: none */
	bool part;               /* the caller reports the end of the table's restore to the job */
	const atomic_bool *stop; /* true ends it soon, with -ECANCELED; may be NULL */
	unsigned connections;
	int patience; /* seconds, as for rdb_back_off_ms() */
	bool hard_durability;
	bool no_indexes;       /* neither indexes nor write hook */
	bool keep_extra;       /* keep documents and indexes that are not in the backup */
	bool dry_run;          /* compare only */
	const char *spool_dir; /* folder of temporary files; NULL: TMPDIR, else /var/tmp */
	struct rdb_leftovers *leftovers; /* may be NULL */
};

struct rdb_sync_result {
	struct rdb_sync_written written; /* changes written; with dry_run: that would be written */
	uint64_t same;                   /* documents */
	uint64_t extra;                  /* documents that were kept although not in the backup */
	size_t indexes;                  /* indexes that differ, or differed */
	bool hook;                       /* the write hook differs, or differed */
	struct rdb_err missing; /* first index or hook that was not synchronized; or code 0 */
	char id[40];            /* id of the table */
};

/*
 * Synchronizes the table. After an error the table may be partly synchronized:
 *   -EINVAL  another primary key; the backup contains an invalid document, a duplicate key, or a
 *            document that the server refuses
 *   -ENOENT  the table no longer exists, or another one has its name
 *   -EBUSY   the table is being dropped, because a restore did not end
 *   -EIO     the backup is damaged
 *   -EREMOTEIO  the cluster failed repeatedly
 *   -EACCES -ENOSPC -ECANCELED -ENOMEM, and errors of connecting that outlasted the retries
 */
int rdb_sync_run(const struct rdb_sync_options *options, struct rdb_sync_result *result,
	struct rdb_err *err);

#endif
