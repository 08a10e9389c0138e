/* Declarations of the store in an S3 bucket, s3://BUCKET/PREFIX, shared by the store (s3.c), its
 * sources (s3_object.c) and its outputs (s3_output.c). */
#ifndef RDB_STORE_S3_H
#define RDB_STORE_S3_H

#include "base/source.h"
#include "s3/s3_client.h"
#include "store/store.h"
#include "writer/output.h"

struct rdb_object_cache;

/* Creates a source of one version of an object; see object_source.h. Holds references to cache and
 * s3. */
int rdb_s3_source(struct rdb_object_cache *cache, struct rdb_s3 *s3, const char *key,
	const char *etag, const struct rdb_identity *identity, struct rdb_source **out,
	struct rdb_err *err);

struct rdb_s3_target {
	struct rdb_s3 *s3; /* the output takes a reference */
	const char *key;
	const char *state_dir; /* folder for records of unfinished uploads; NULL: no records */
	uint64_t part_size;    /* bytes; 0: 16 MiB */
	uint64_t memory;       /* bytes of memory for parts; 0: 256 MiB */
	/* Called after a commit; lists the bucket again. */
	void (*committed)(void *arg);
	void *arg;
};

/* Computes the number of a place in a bucket, as home.h does for files. Never 0. */
uint64_t rdb_s3_home(const char *bucket, const char *key);

/*
 * Begins an upload in parts; errors as for rdb_store_create(). An archive is sent while being
 * written; bytes that may change later are held back (rdb_output_hold()). The commit creates the
 * object; closing without a commit aborts the upload.
 */
int rdb_s3_output(const struct rdb_s3_target *target, const struct rdb_new_backup *backup,
	struct rdb_output **out, struct rdb_err *err);

/* Aborts uploads recorded by dead processes, to keys that begin with prefix. Returns their number,
 * or -EACCES -EIO …. */
int rdb_s3_uploads_clean(
	struct rdb_s3 *s3, const char *state_dir, const char *prefix, struct rdb_err *err);

#endif
