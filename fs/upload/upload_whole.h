/*
 * Restore of a backup, or a part of one, for an upload: the target of a symbolic link, or an
 * archive that was copied. Blocks on the cluster, so it runs on a thread of the uploads' pool.
 */
#ifndef RDB_UPLOAD_UPLOAD_WHOLE_H
#define RDB_UPLOAD_UPLOAD_WHOLE_H

#include "archive/archive.h"
#include "upload/uploads.h"

/*
 * Restores a backup, or a part of it. name: DB or DB.TABLE; NULL: everything. as: new name; NULL:
 * unchanged. Ends the job with the outcome. Errors of rdb_restore_run().
 */
int rdb_upload_whole(struct rdb_upload *push, struct rdb_job *job, struct rdb_archive *archive,
	const char *name, const char *as, struct rdb_err *err);

/* Releases the job, and ends it with the upload's outcome if it has not ended. NULL: no effect. */
void rdb_upload_whole_end(struct rdb_upload *push, struct rdb_job *job);

#endif
