/*
 * A client for one bucket of an S3-compatible service. Requests are signed (sign.h), and retried by
 * the HTTP client (http/http.h). If the service names another region, the client uses that region.
 *
 * Keys are UTF-8 text without a leading slash, and are encoded by the client. ETags keep the quotes
 * that the service writes. All functions are thread-safe. Calls wait, and can be cancelled.
 *
 * Every call may return an error of http.h, an error of rdb_credential_chain_get(), or
 *   -ENOENT if the bucket, the key or the upload does not exist;
 *   -EACCES if the credentials are refused or lack the permission, or the machine's clock is wrong;
 *   -ESTALE if the object differs from the object that the ETag names;
 *   -ENOSPC if a quota of the service is used up;
 *   -EBADMSG if the answer is not an answer of S3.
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

/* Settings of a client. Strings are copied. If a setting is NULL, the client reads its value from
 * an environment variable such as AWS_REGION, or from the AWS profile. */
struct rdb_s3_options {
	const char *bucket;
	const char *endpoint; /* https://HOST[:PORT]; AWS if not set anywhere */
	const char *region;   /* us-east-1 if not set anywhere */
	const char *ca_file;
	bool path_style; /* the bucket is part of the URL's path; always so with an endpoint */
	uint64_t rate;   /* bytes per second; 0 means no limit */
};

/* Creates a client with one reference, without sending a request. Returns 0, -ENOMEM, or -EINVAL if
 * the endpoint or the bucket's name is malformed. */
int rdb_s3_create(const struct rdb_s3_options *options, struct rdb_s3 **out, struct rdb_err *err);
struct rdb_s3 *rdb_s3_ref(struct rdb_s3 *s3);
void rdb_s3_unref(struct rdb_s3 *s3);

/* Ends the client's thread, so that the process may fork. May be called only when no other call is
 * running. */
void rdb_s3_rest(struct rdb_s3 *s3);

/* Returns the number of requests sent so far, for measurements. */
uint64_t rdb_s3_requests(struct rdb_s3 *s3);

const char *rdb_s3_bucket(const struct rdb_s3 *s3);

/* Returns a text that identifies the S3 service: the endpoint's URL, or "aws", "aws-cn" or
 * "aws-us-gov" if no endpoint is set. The service and the bucket's name together identify a bucket.
 * The text is valid until the client is freed. */
const char *rdb_s3_service(const struct rdb_s3 *s3);

/* Limits how long a call waits. If the struct is zero-initialised, the defaults of http.h apply. */
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

/* Calls each() in key order for every object whose key begins with "prefix". If "recursive" is
 * false, skips keys with a slash after the prefix. An error of each() ends the listing and is
 * returned. */
int rdb_s3_list(struct rdb_s3 *s3, const char *prefix, bool recursive,
	const struct rdb_s3_wait *wait, int (*each)(void *arg, const struct rdb_s3_object *object),
	void *arg, struct rdb_err *err);

/* ---- objects ---- */

#define RDB_S3_ETAG 128
#define RDB_S3_META 64

struct rdb_s3_facts {
	uint64_t size;
	time_t mtime; /* 0 if unknown */
	char etag[RDB_S3_ETAG];
	char type[RDB_S3_META]; /* metadata: type of the backup; empty if not made by rdbfs */
	char home[RDB_S3_META]; /* metadata: home of the archive (home.h); empty if unknown */
};

int rdb_s3_head(struct rdb_s3 *s3, const char *key, const struct rdb_s3_wait *wait,
	struct rdb_s3_facts *out, struct rdb_err *err);

/* Reads exactly len bytes from the offset "off" on. Unless "etag" is NULL, the object must have
 * this ETag. Returns -ERANGE if the object ends before off + len. */
int rdb_s3_get(struct rdb_s3 *s3, const char *key, const char *etag, uint64_t off, void *buf,
	size_t len, const struct rdb_s3_wait *wait, struct rdb_err *err);

/* Opens a stream of len bytes of an object, from the offset "off" on. The caller reads and closes
 * the stream with the functions of http.h. Returns -ESTALE if "etag" is not NULL and the object has
 * another ETag. */
int rdb_s3_get_stream(struct rdb_s3 *s3, const char *key, const char *etag, uint64_t off,
	uint64_t len, size_t window, const struct rdb_s3_wait *wait, struct rdb_http_stream **out,
	struct rdb_err *err);

/* Deletes an object. Most services return success even if the object does not exist. */
int rdb_s3_delete(
	struct rdb_s3 *s3, const char *key, const struct rdb_s3_wait *wait, struct rdb_err *err);

/* ---- uploads in parts ---- */

#define RDB_S3_UPLOAD_ID 1024 /* bytes of an upload id, with the NUL byte */
#define RDB_S3_PARTS_MAX 10000
#define RDB_S3_PART_MIN ((uint64_t)5 << 20)
#define RDB_S3_PART_MAX ((uint64_t)5 << 30)

/* Begins an upload in parts. Stores the upload's id in "id", an array of RDB_S3_UPLOAD_ID bytes.
 * Sets *repeated to true if the request was repeated, because each request may have begun an
 * upload. Sets *repeated even after an error. */
int rdb_s3_upload_create(struct rdb_s3 *s3, const char *key, const char *type, const char *home,
	const struct rdb_s3_wait *wait, char *id, bool *repeated, struct rdb_err *err);

/* Sends one part of an upload, with the part's MD5 and SHA-256. "id" is the upload's id, and
 * "number" is the part's number, counted from 1. Stores the part's ETag in "etag", a buffer of
 * RDB_S3_ETAG bytes. */
int rdb_s3_upload_part(struct rdb_s3 *s3, const char *key, const char *id, unsigned number,
	const void *data, size_t len, const struct rdb_s3_wait *wait, char *etag,
	struct rdb_err *err);

/* Completes an upload. "etags" has RDB_S3_ETAG bytes for each part: the part's ETag, or "" for a
 * part that was not sent. Stores the object's ETag in "etag", or "" if unknown. If "exclusive" is
 * true and the object exists, returns -EEXIST if the service supports this check. */
int rdb_s3_upload_complete(struct rdb_s3 *s3, const char *key, const char *id, const char *etags,
	unsigned count, bool exclusive, const struct rdb_s3_wait *wait, char etag[RDB_S3_ETAG],
	struct rdb_err *err);

/* Aborts an upload. Returns 0 also if the upload does not exist any more. */
int rdb_s3_upload_abort(struct rdb_s3 *s3, const char *key, const char *id,
	const struct rdb_s3_wait *wait, struct rdb_err *err);

/* Calls each() for every unfinished upload whose key begins with "prefix". An error of each() ends
 * the listing and is returned. */
int rdb_s3_upload_list(struct rdb_s3 *s3, const char *prefix, const struct rdb_s3_wait *wait,
	int (*each)(void *arg, const char *key, const char *id), void *arg, struct rdb_err *err);

#endif
