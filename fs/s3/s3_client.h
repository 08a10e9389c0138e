/*
 * S3 client for one bucket of any compatible service. Requests are signed (sign.h) with
 * credentials that are renewed (credentials.h), retried by the HTTP engine (http/http.h), and
 * follow the region that the service names.
 *
 * Keys are UTF-8 text without a leading slash; the client encodes them. ETags keep their quotes,
 * as the service writes them.
 *
 * Threads: any. Calls wait; a fired cancel ends them with -ECANCELED.
 *
 * Errors of every call, in addition to those of http.h and of rdb_credential_chain_get(); the text
 * contains bucket and key, the service's message, and what to do:
 *   -ENOENT   no such bucket, key or upload
 *   -EACCES   the credentials are refused, or lack the permission; or this machine's clock is wrong
 *   -ESTALE   the object is not the one that the ETag names
 *   -ENOSPC   a quota of the service is used up
 *   -EBADMSG  the answer is not what S3 sends
 */
#ifndef RDB_S3_S3_CLIENT_H
#define RDB_S3_S3_CLIENT_H

#include "base/cancel.h"
#include "base/err.h"
#include "http/http.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

struct rdb_s3;

/* Settings of a client. Strings are copied. NULL: from the environment and the profile, as the SDKs
 * read them (AWS_ENDPOINT_URL_S3, AWS_REGION, AWS_CA_BUNDLE, …). */
struct rdb_s3_options {
	const char *bucket;
	const char *endpoint; /* https://HOST[:PORT]; not set anywhere: AWS */
	const char *region;   /* not set anywhere: us-east-1 */
	const char *ca_file;
	bool path_style; /* bucket in the path, not in the host; always with an endpoint */
	uint64_t rate;   /* bytes per second; 0: no limit */
};

/*
 * Creates a client with one reference. Sends nothing and starts no thread.
 *   -EINVAL   the endpoint is not an address, or the bucket's name is invalid
 */
int rdb_s3_create(const struct rdb_s3_options *options, struct rdb_s3 **out, struct rdb_err *err);
struct rdb_s3 *rdb_s3_ref(struct rdb_s3 *s3);
void rdb_s3_unref(struct rdb_s3 *s3);

/* Ends the client's thread, so that the process may fork. Call it only when no call is running. */
void rdb_s3_rest(struct rdb_s3 *s3);

/* Requests sent so far, for measurements. */
uint64_t rdb_s3_requests(struct rdb_s3 *s3);

const char *rdb_s3_bucket(const struct rdb_s3 *s3);

/* Limits on the waiting of a call. Zero-initialised: the defaults of http.h. */
struct rdb_s3_wait {
	const struct rdb_cancel *cancel;
	int patience; /* ms, as in struct rdb_http_request */
};

/* ---- listing ---- */

struct rdb_s3_object {
	const char *key; /* all texts are valid during the callback */
	const char *etag;
	uint64_t size;
	time_t mtime;
};

/*
 * Calls each() for every object whose key begins with prefix, sorted by key, page by page. Not
 * recursive: only keys without a slash after the prefix. each() returns 0, or a negative errno that
 * ends the listing.
 */
int rdb_s3_list(struct rdb_s3 *s3, const char *prefix, bool recursive,
	const struct rdb_s3_wait *wait, int (*each)(void *arg, const struct rdb_s3_object *object),
	void *arg, struct rdb_err *err);

/* ---- objects ---- */

#define RDB_S3_ETAG 128
#define RDB_S3_META 64

struct rdb_s3_facts {
	uint64_t size;
	char etag[RDB_S3_ETAG];
	char type[RDB_S3_META]; /* metadata: type of backup, "daily"; "": not made by rdbfs */
	char home[RDB_S3_META]; /* metadata: number of the place where the backup was made, see
				   home.h; "": unknown */
};

int rdb_s3_head(struct rdb_s3 *s3, const char *key, const struct rdb_s3_wait *wait,
	struct rdb_s3_facts *out, struct rdb_err *err);

/*
 * Reads exactly len bytes at off from the version that etag names (NULL: any version).
 *   -ERANGE   the object is shorter
 */
int rdb_s3_get(struct rdb_s3 *s3, const char *key, const char *etag, uint64_t off, void *buf,
	size_t len, const struct rdb_s3_wait *wait, struct rdb_err *err);

/* Opens a stream of len bytes from off on, from the version that etag names. Read and close it with
 * rdb_http_stream_*. */
int rdb_s3_get_stream(struct rdb_s3 *s3, const char *key, const char *etag, uint64_t off,
	uint64_t len, size_t window, const struct rdb_s3_wait *wait, struct rdb_http_stream **out,
	struct rdb_err *err);

/* Deletes an object. Services also answer with success if the object does not exist. */
int rdb_s3_delete(
	struct rdb_s3 *s3, const char *key, const struct rdb_s3_wait *wait, struct rdb_err *err);

/* ---- uploads in parts ---- */

#define RDB_S3_UPLOAD_ID 1024 /* with the NUL */
#define RDB_S3_PARTS_MAX 10000
#define RDB_S3_PART_MIN ((uint64_t)5 << 20)
#define RDB_S3_PART_MAX ((uint64_t)5 << 30)

/* Creates an upload. type, home: metadata, as in struct rdb_s3_facts. id: RDB_S3_UPLOAD_ID
 * bytes. */
int rdb_s3_upload_create(struct rdb_s3 *s3, const char *key, const char *type, const char *home,
	const struct rdb_s3_wait *wait, char *id, struct rdb_err *err);

/* Sends a part, with its MD5 and its SHA-256. number: from 1. etag: RDB_S3_ETAG bytes. */
int rdb_s3_upload_part(struct rdb_s3 *s3, const char *key, const char *id, unsigned number,
	const void *data, size_t len, const struct rdb_s3_wait *wait, char *etag,
	struct rdb_err *err);

/*
 * Makes the object from its parts. etags: those of parts 1 to count, count * RDB_S3_ETAG bytes;
 * "" for a number without a part. exclusive: only if the key has no object, where the service
 * supports If-None-Match. etag: "" if the service does not return one.
 *   -EEXIST   the key has an object
 */
int rdb_s3_upload_complete(struct rdb_s3 *s3, const char *key, const char *id, const char *etags,
	unsigned count, bool exclusive, const struct rdb_s3_wait *wait, char etag[RDB_S3_ETAG],
	struct rdb_err *err);

/* Aborts an upload. Returns 0 also if the upload no longer exists. */
int rdb_s3_upload_abort(struct rdb_s3 *s3, const char *key, const char *id,
	const struct rdb_s3_wait *wait, struct rdb_err *err);

/* Calls each() for every unfinished upload whose key begins with prefix, as rdb_s3_list() does. */
int rdb_s3_upload_list(struct rdb_s3 *s3, const char *prefix, const struct rdb_s3_wait *wait,
	int (*each)(void *arg, const char *key, const char *id), void *arg, struct rdb_err *err);

#endif
