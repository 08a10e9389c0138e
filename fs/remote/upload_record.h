/* Records of unfinished uploads, as files in the state directory. A process locks its records;
 * after its end, another process aborts the recorded uploads. One thread at a time per record. */
#ifndef RDB_REMOTE_UPLOAD_RECORD_H
#define RDB_REMOTE_UPLOAD_RECORD_H

#include "base/err.h"

struct rdb_upload_record;

/* Creates a record of an upload that is about to start. The record is a file below the folder
 * "state". If "state" is NULL, creates no record, and stores NULL in *out. Returns 0, -ENOMEM, or
 * an error of open() or pwrite(). */
int rdb_upload_record_create(const char *state, const char *bucket, const char *key,
	struct rdb_upload_record **out, struct rdb_err *err);
int rdb_upload_record_id(struct rdb_upload_record *record, const char *id, struct rdb_err *err);

/* Closes a record. If "remove" is true, also removes the record. The caller sets "remove" if the
 * upload was completed or aborted. Otherwise the record remains, so that a later process aborts the
 * upload. record may be NULL. */
void rdb_upload_record_close(struct rdb_upload_record *record, int remove);

/* Calls each() for every record whose process has ended. Removes the record if each() returns 0.
 * The argument "id" of each() is "" if the record has no upload id. Returns the number of removed
 * records. */
int rdb_upload_record_each(const char *state,
	int (*each)(void *arg, const char *bucket, const char *key, const char *id), void *arg);

#endif
