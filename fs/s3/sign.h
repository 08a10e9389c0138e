/*
 * Request signatures of AWS, version 4 (SigV4). In the variant for S3, the path is encoded once,
 * and the hash of the body is a header. All functions are thread-safe.
 */
#ifndef RDB_S3_SIGN_H
#define RDB_S3_SIGN_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#define RDB_SHA256_HEX 65 /* bytes of a hexadecimal SHA-256, with the NUL byte */

struct rdb_pair {
	const char *name, *value;
};

/* A request to be signed. rdb_sign() sorts the arrays of this struct. */
struct rdb_sign_request {
	const char *method;
	const char *path;       /* encoded */
	struct rdb_pair *query; /* not encoded */
	size_t query_count;
	struct rdb_pair *headers; /* names in lower case; includes host */
	size_t header_count;
	const char *body_hash; /* hexadecimal SHA-256 of the body */
	const char *region, *service;
	time_t time;
};

/* Computes the value of the HTTP header Authorization for *request, and appends the value to *out.
 * Returns 0 or -ENOMEM. */
int rdb_sign(const struct rdb_sign_request *request, const char *access_key, const char *secret_key,
	struct rdb_buf *out);

/* "20130524T000000Z" */
#define RDB_SIGN_TIME 17
void rdb_sign_time(time_t time, char out[RDB_SIGN_TIME]);

/* Appends the text with every character as %XX except letters, digits, "-._~" and, if "slash" is
 * true, "/". Returns 0 or -ENOMEM. */
int rdb_percent_encode(struct rdb_buf *out, const char *text, bool slash);

/* Sorts the query's parameters, and appends them in the encoded form "NAME=VALUE&..." to
 * out. Returns 0 or -ENOMEM. */
int rdb_sign_query(struct rdb_pair *query, size_t count, struct rdb_buf *out);

/* Stores the SHA-256 of the data as hexadecimal digits in "out". */
void rdb_sha256_hex(const void *data, size_t len, char out[RDB_SHA256_HEX]);

#endif
