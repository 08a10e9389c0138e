/*
 * Records of unfinished uploads, files in the state directory: a process that is killed leaves its
 * record, and the next one aborts the upload. A record is locked while its process lives.
 *
 * Threads: a record belongs to one at a time.
 */
#ifndef RDB_STORE_UPLOAD_RECORD_H
#define RDB_STORE_UPLOAD_RECORD_H

#include "base/err.h"

struct rdb_upload_record;

/* Created before the upload is, so that none goes unrecorded; id is added when it is known. state
 * NULL: *out is NULL, which every function accepts. -ENOMEM -EACCES -ENOSPC -EROFS …: open's. */
int rdb_upload_record_create(const char *state, const char *bucket, const char *key,
	struct rdb_upload_record **out, struct rdb_err *err);
int rdb_upload_record_id(struct rdb_upload_record *record, const char *id, struct rdb_err *err);

/* remove: the upload is complete or aborted; else the record is left to the next process. */
void rdb_upload_record_close(struct rdb_upload_record *record, int remove);

/*
 * Calls each() for every record of a process that died; id is "" when the upload may not have been
 * created. each() returns 0 when the record is to go. Returns how many went.
 */
int rdb_upload_record_each(const char *state,
	int (*each)(void *arg, const char *bucket, const char *key, const char *id), void *arg);

#endif
