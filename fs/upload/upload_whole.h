/*
 * Restores a backup or a part of a backup for an upload, which is a symbolic link or a copied
 * archive. Waits for the cluster, so the functions are called on a thread of the uploads' pool.
 */
#ifndef RDB_UPLOAD_UPLOAD_WHOLE_H
#define RDB_UPLOAD_UPLOAD_WHOLE_H

#include "archive/archive.h"
#include "upload/uploads.h"

/*
 * Restores a backup, or one database or table of the backup. "name" is DB, DB.TABLE, or NULL for
 * the whole backup. "as" is the new name or NULL. Ends the job. Returns 0 or an error of
 * rdb_restore_run().
 */
int rdb_upload_whole(struct rdb_upload *upload, struct rdb_job *job, struct rdb_archive *archive,
	const char *name, const char *as, struct rdb_err *err);

/* Ends the job with the outcome of the upload, if the job has not ended yet. Then drops the
 * caller's reference to the job. job may be NULL. */
void rdb_upload_whole_end(struct rdb_upload *upload, struct rdb_job *job);

#endif
