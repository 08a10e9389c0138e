/* Declarations of the store in an S3 bucket, s3://BUCKET/PREFIX, shared by s3.c (the store),
 * s3_object.c (sources) and s3_output.c (outputs). */
#ifndef RDB_STORE_S3_H
#define RDB_STORE_S3_H

#include "base/source.h"
#include "s3/s3_client.h"
#include "store/store.h"
#include "writer/output.h"

struct rdb_object_cache;

/* Creates a source of one version of an object (object_source.h). The source holds references to
 * the cache and to s3. */
int rdb_s3_source(struct rdb_object_cache *cache, struct rdb_s3 *s3, const char *key,
	const char *etag, const struct rdb_identity *identity, struct rdb_source **out,
	struct rdb_err *err);

struct rdb_s3_target {
	struct rdb_s3 *s3; /* client; each output holds a reference */
	const char *key;
	const char *state_dir; /* folder for records of unfinished uploads; may be NULL */
	uint64_t part_size;    /* bytes; 0 means 16 MiB */
	uint64_t memory;       /* bytes of memory for parts; 0 means 256 MiB */
	/* Called after a commit, to list the bucket again. */
	void (*committed)(void *arg);
	void *arg;
};

/* Returns the home of an object in a bucket: a number that identifies the bucket and the key. The
 * number is never 0. */
uint64_t rdb_s3_home(const char *bucket, const char *key);

/*
 * Begins an upload in parts. Parts are sent while the archive is written, except bytes that may
 * change later (rdb_output_hold()). The commit creates the object. Closing without a commit aborts
 * the upload. Returns 0, or an error of rdb_store_create().
 */
int rdb_s3_output(const struct rdb_s3_target *target, const struct rdb_new_backup *backup,
	struct rdb_output **out, struct rdb_err *err);

/* Aborts the uploads that are recorded for processes that have ended, if the keys of the uploads
 * begin with prefix. Returns the number of aborted uploads, or -EACCES, -EIO or a similar error. */
int rdb_s3_uploads_clean(
	struct rdb_s3 *s3, const char *state_dir, const char *prefix, struct rdb_err *err);

#endif
