/* Declarations of the store in an S3 bucket, s3://BUCKET/PREFIX, shared by s3.c (the store),
 * s3_object.c (sources) and s3_output.c (outputs). */
#ifndef RDB_REMOTE_S3_H
#define RDB_REMOTE_S3_H

#include "io/source.h"
#include "s3/s3_client.h"
#include "store/store.h"
#include "writer/output.h"

struct rdb_object_cache;

/* Creates a source of bytes for one version of an object. The source holds references to "s3" and
 * "cache". */
int rdb_s3_source(struct rdb_object_cache *cache, struct rdb_s3 *s3, const char *key,
	const char *etag, const struct rdb_identity *identity, struct rdb_source **out,
	struct rdb_err *err);

/* Where and how a store uploads backups. */
struct rdb_s3_target {
	struct rdb_s3 *s3;     /* client; each output holds a reference */
	const char *state_dir; /* folder for records of unfinished uploads; may be NULL */
	uint64_t part_size;    /* bytes; 0 means 16 MiB */
	uint64_t memory;       /* bytes of memory for parts; 0 means 256 MiB */
	/* Called after a new backup is complete, so that the store lists the bucket again. */
	void (*committed)(void *arg);
	void *arg;
};

/* Returns a hash of a bucket and a key, never 0. A backup records this hash at its creation. If the
 * hash of the backup's current bucket and key differs, the backup is a copy. */
uint64_t rdb_s3_home(const char *bucket, const char *key);

/* Creates an output that uploads the backup while the backup is written. Bytes that the caller
 * holds with rdb_output_hold() are not sent until the bytes are final. Returns 0, or an error of
 * rdb_store_create(). */
int rdb_s3_output(const struct rdb_s3_target *target, const char *key,
	const struct rdb_new_backup *backup, struct rdb_output **out, struct rdb_err *err);

/* Aborts all unfinished uploads of a key. Returns 0, or an error of rdb_s3_upload_list(). */
int rdb_s3_uploads_abort(
	struct rdb_s3 *s3, const char *key, const struct rdb_s3_wait *wait, struct rdb_err *err);

/* Aborts the unfinished uploads that ended processes have recorded in the folder state_dir, and
 * removes the record of each aborted upload. Uploads to other services or buckets, and uploads
 * whose key does not begin with "prefix", stay. Returns the number of removed records, or a
 * negative errno if an upload could not be aborted. */
int rdb_s3_uploads_clean(
	struct rdb_s3 *s3, const char *state_dir, const char *prefix, struct rdb_err *err);

#endif
