/*
 * A backup, or a part of one, restored for a push: what a symbolic link names, or an archive that
 * was dropped in. Waits for the cluster, so it runs on a thread of the pushes' pool.
 */
#ifndef RDB_UPLOAD_UPLOAD_WHOLE_H
#define RDB_UPLOAD_UPLOAD_WHOLE_H

#include "archive/archive.h"
#include "upload/uploads.h"

/*
 * name: DB or DB.TABLE; NULL: all. as: another name for it; NULL: its own. The job is ended with
 * the outcome. Errors as rdb_restore_run().
 */
int rdb_upload_whole(struct rdb_upload *push, struct rdb_job *job, struct rdb_archive *archive,
	const char *name, const char *as, struct rdb_err *err);

/* Gives the job back, which has ended by now: as the push did if nobody ended it. NULL is
 * nothing. */
void rdb_upload_whole_end(struct rdb_upload *push, struct rdb_job *job);

#endif
