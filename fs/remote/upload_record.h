/*
 * Records of unfinished uploads, as files in the state directory. If a process is killed, the next
 * process finds the record and aborts the upload. A record is locked as long as its process runs.
 *
 * Threads: one at a time per record.
 */
#ifndef RDB_REMOTE_UPLOAD_RECORD_H
#define RDB_REMOTE_UPLOAD_RECORD_H

#include "base/err.h"

struct rdb_upload_record;

/* Creates a record, a file that describes an upload which is about to start. If this process ends
 * before the upload is completed or aborted, another process can find the upload by the record and
 * abort it. "state" is the folder of the records. If "state" is NULL, stores NULL in *out. Returns
 * 0, -ENOMEM, -EACCES, -ENOSPC, -EROFS or another error of open(). */
int rdb_upload_record_create(const char *state, const char *bucket, const char *key,
	struct rdb_upload_record **out, struct rdb_err *err);
int rdb_upload_record_id(struct rdb_upload_record *record, const char *id, struct rdb_err *err);

/* Closes the record of an upload. The caller passes "remove" as true if the upload was completed or
 * aborted, so that the record is removed. Otherwise the record stays, so that a later process
 * aborts the upload. */
void rdb_upload_record_close(struct rdb_upload_record *record, int remove);

/*
 * Calls each() for every record of an upload whose process has ended without completing or aborting
 * the upload. Removes the record if each() returns 0. The argument "id" is the upload's id at the
 * store, or "" if the id is unknown. Returns the number of removed records.
 */
int rdb_upload_record_each(const char *state,
	int (*each)(void *arg, const char *bucket, const char *key, const char *id), void *arg);

#endif
