/*
 * Records of unfinished uploads, files in the state directory. The record of a killed process makes
 * the next one abort the upload. A record is locked as long as its process lives.
 *
 * Threads: one at a time per record.
 */
#ifndef RDB_STORE_UPLOAD_RECORD_H
#define RDB_STORE_UPLOAD_RECORD_H

#include "base/err.h"

struct rdb_upload_record;

/* Creates the record before the upload, so that every upload has one; the id is added later. state
 * NULL: *out is NULL, which every function accepts. -ENOMEM -EACCES -ENOSPC -EROFS …: of open(). */
int rdb_upload_record_create(const char *state, const char *bucket, const char *key,
	struct rdb_upload_record **out, struct rdb_err *err);
int rdb_upload_record_id(struct rdb_upload_record *record, const char *id, struct rdb_err *err);

/* Closes the record. remove: the upload is complete or aborted; otherwise the record stays for the
 * next process. */
void rdb_upload_record_close(struct rdb_upload_record *record, int remove);

/*
 * Calls each() for every record of a dead process; id is "" if the upload may not have been
 * created. each() returns 0 to have the record removed. Returns how many were removed.
 */
int rdb_upload_record_each(const char *state,
	int (*each)(void *arg, const char *bucket, const char *key, const char *id), void *arg);

#endif
