/*
 * A table of a cluster made equal to that of a backup by writing only what differs
 * (existing=sync): both are read in key order and merged; documents that are missing are inserted,
 * those that differ are replaced, and last those that the backup lacks are deleted. Then indexes
 * and write hook are made equal. A run that was interrupted left the table between its old state
 * and the backup's; the next run goes on from there.
 *
 * Documents that other clients write meanwhile are not overwritten unseen: restore/sync_writer.h.
 *
 * One thread; it waits for the cluster.
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
	const struct rdb_member *documents; /* of the table in the archive */
	/* In place of the archive: the backup's documents, opened for each comparison. */
	int (*open)(void *arg, struct rdb_document_source **out, struct rdb_err *err);
	void *open_arg;
	const char *db, *table;    /* in the cluster, where the table exists */
	struct rdb_json_span info; /* text of the backup's .info; absent: none */
	int number;                /* of the table in the job; -1: it has none */
	bool part;                 /* the caller tells the job how the table's restore ends */
	const atomic_bool *stop;   /* true ends it soon, with -ECANCELED; may be NULL */
	unsigned connections;
	int patience; /* seconds, as of rdb_back_off_ms() */
	bool hard_durability;
	bool no_indexes;                 /* neither indexes nor write hook */
	bool keep_extra;                 /* documents and indexes that the backup lacks stay */
	bool dry_run;                    /* compare only */
	const char *spool_dir;           /* of temporary files; NULL: TMPDIR, else /var/tmp */
	struct rdb_leftovers *leftovers; /* may be NULL */
};

struct rdb_sync_result {
	struct rdb_sync_written written; /* with dry_run: what would be */
	uint64_t same;                   /* documents */
	uint64_t extra;                  /* documents that stay though the backup lacks them */
	size_t indexes;                  /* that differ, or did */
	bool hook;                       /* the write hook does, or did */
	struct rdb_err missing; /* first index or hook that was not made equal; or code 0 */
	char id[40];            /* of the table */
};

/*
 * Errors, after which the table may be equal in part:
 *   -EINVAL  another primary key; the backup holds what is no document, one key twice, or a
 *            document that the server refuses
 *   -ENOENT  the table is gone, or another one has its name now
 *   -EBUSY   the table is being dropped, because a restore did not end
 *   -EIO     the backup is damaged
 *   -EREMOTEIO  the cluster failed again and again
 *   -EACCES -ENOSPC -ECANCELED -ENOMEM, and errors of connecting that did not pass
 */
int rdb_sync_run(const struct rdb_sync_options *options, struct rdb_sync_result *result,
	struct rdb_err *err);

#endif
