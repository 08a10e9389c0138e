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

/* Creates the record of an upload, before the upload starts, in a file below the folder "state". If
 * "state" is NULL, stores NULL in *out. The caller adds the upload's id later with
 * rdb_upload_record_id(). Returns 0 or a negative errno. */
int rdb_upload_record_create(const char *state, const struct rdb_recorded_upload *upload,
	struct rdb_upload_record **out, struct rdb_err *err);
int rdb_upload_record_id(struct rdb_upload_record *record, const char *id, struct rdb_err *err);

/* Closes a record. If the upload was completed or aborted, the caller sets "remove", and the record
 * is removed. A record that remains lets a later process abort the upload. record may be NULL. */
void rdb_upload_record_close(struct rdb_upload_record *record, int remove);

/* Calls each() for every record whose process has ended. Removes the record if each() returns 0.
 * Returns the number of removed records. */
int rdb_upload_record_each(const char *state,
	int (*each)(void *arg, const struct rdb_recorded_upload *upload), void *arg);

#endif
