/*
 * Request signatures, AWS version 4 (SigV4), in the variant of S3: the path is encoded once, and
 * the body's hash is a header. Thread-safe.
 */
#ifndef RDB_S3_SIGN_H
#define RDB_S3_SIGN_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#define RDB_SHA256_HEX 65 /* with the NUL */

struct rdb_pair {
	const char *name, *value;
};

/* The request to sign. Arrays are sorted in place. */
struct rdb_sign_request {
	const char *method;
	const char *path;       /* encoded */
	struct rdb_pair *query; /* not encoded */
	size_t query_count;
	struct rdb_pair *headers; /* names in lower case, host included */
	size_t header_count;
	const char *body_hash; /* hexadecimal SHA-256 */
	const char *region, *service;
	time_t time;
};

/* Appends the value of the Authorization header. Returns 0 or -ENOMEM. */
int rdb_sign(const struct rdb_sign_request *request, const char *access_key, const char *secret_key,
	struct rdb_buf *out);

/* "20130524T000000Z" */
#define RDB_SIGN_TIME 17
void rdb_sign_time(time_t time, char out[RDB_SIGN_TIME]);

/* Appends text with every character except letters, digits and "-._~" as %XX. slash: keep "/" too.
 * Returns 0 or -ENOMEM. */
int rdb_percent_encode(struct rdb_buf *out, const char *text, bool slash);

/* Appends the query, sorted and encoded: the text to sign and to send. Returns 0 or -ENOMEM. */
int rdb_sign_query(struct rdb_pair *query, size_t count, struct rdb_buf *out);

/* Hexadecimal SHA-256 of a body. */
void rdb_sha256_hex(const void *data, size_t len, char out[RDB_SHA256_HEX]);

#endif
