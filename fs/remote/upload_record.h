/* Records of unfinished uploads, as files in the state directory. A process locks its records;
 * after its end, another process aborts the recorded uploads. One thread at a time per record. */
#ifndef RDB_REMOTE_UPLOAD_RECORD_H
#define RDB_REMOTE_UPLOAD_RECORD_H

#include "base/err.h"

struct rdb_upload_record;

/* Facts about an unfinished upload to S3. A record is a file that stores these facts, so that a
 * later process can abort the upload. */
struct rdb_recorded_upload {
	const char *service; /* rdb_s3_service(); NULL in records by older versions */
	const char *bucket, *key;
	const char *id; /* "" if the id is unknown */
};

/* Creates a record of an upload before the upload starts. The record is a file below the folder
 * "state". The record contains no upload id, because S3 assigns the id when the upload starts. The
 * caller later adds the id with rdb_upload_record_id(). If "state" is NULL, creates no record,
 * stores NULL in *out, and returns 0. Otherwise returns 0, -ENOMEM, or another negative errno if
 * the file cannot be created or written. */
int rdb_upload_record_create(const char *state, const struct rdb_recorded_upload *upload,
	struct rdb_upload_record **out, struct rdb_err *err);
int rdb_upload_record_id(struct rdb_upload_record *record, const char *id, struct rdb_err *err);

/* Closes a record. If "remove" is true, also removes the record. The caller sets "remove" if the
 * upload was completed or aborted. Otherwise the record remains, so that a later process aborts the
 * upload. record may be NULL. */
void rdb_upload_record_close(struct rdb_upload_record *record, int remove);

/* Calls each() for every record whose process has ended. Removes the record if each() returns 0.
 * Returns the number of removed records. */
int rdb_upload_record_each(const char *state,
	int (*each)(void *arg, const struct rdb_recorded_upload *upload), void *arg);

#endif
