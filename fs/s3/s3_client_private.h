/* Declarations shared by the client's parts: s3_client.c (bucket, requests), s3_answer.c (errors),
 * list.c, object.c, s3_upload.c. */
#ifndef RDB_S3_S3_CLIENT_PRIVATE_H
#define RDB_S3_S3_CLIENT_PRIVATE_H

#include "base/buf.h"
#include "s3/credentials.h"
#include "s3/s3_client.h"
#include "s3/sign.h"

#include <pthread.h>
#include <stdatomic.h>

#define RDB_S3_QUERY 6
#define RDB_S3_HEADERS 8

struct rdb_s3 {
	atomic_uint refs;
	atomic_ullong requests;
	struct rdb_http *http;
	struct rdb_credential_chain *credentials;
	char *bucket;
	char *scheme; /* scheme of the endpoint; else "https" */
	char *host;   /* host of the endpoint, with port unless it is the default; NULL: AWS */
	char *base;   /* path of the endpoint before the bucket's, "" or "/…" */
	bool path_style;

	pthread_mutex_t lock; /* guards the rest */
	char region[64];
};

/* One request. Zero-initialised except for the method. Header names are in lower case. */
struct rdb_s3_call {
	enum rdb_http_method method;
	const char *key; /* key of the object; NULL: the bucket itself */
	struct rdb_pair query[RDB_S3_QUERY];
	size_t query_count;
	struct rdb_pair headers[RDB_S3_HEADERS];
	size_t header_count;
	const void *body;
	size_t len;
	size_t body_max; /* largest answer to accept, bytes */
	const struct rdb_s3_wait *wait;
	size_t window;                   /* bytes of a stream's window; 0: no stream */
	struct rdb_http_stream **stream; /* out: the stream */
};

void rdb_s3_query(struct rdb_s3_call *call, const char *name, const char *value);
void rdb_s3_header(struct rdb_s3_call *call, const char *name, const char *value);

/* Signs and sends the request, and translates errors. response: filled in as by rdb_http_call(). */
int rdb_s3_request(struct rdb_s3 *s3, struct rdb_s3_call *call, struct rdb_http_response *response,
	struct rdb_err *err);

/* ---- errors that the service answers with ---- */

struct rdb_s3_problem {
	char code[64];     /* "NoSuchKey"; "": none */
	char message[200]; /* the service's text */
	char region[64];   /* region of the bucket; "": not given */
};

/* Reads the service's error from an answer. All fields are empty if the answer has none. */
void rdb_s3_problem_read(const struct rdb_http_response *response, struct rdb_s3_problem *out);

/* Returns the errno for a service's error, with a text that replaces the one of the HTTP engine.
 * ret: the engine's result. */
int rdb_s3_problem_error(const struct rdb_s3 *s3, const struct rdb_s3_call *call,
	const struct rdb_http_response *response, const struct rdb_s3_problem *problem, int ret,
	struct rdb_err *err);

#endif
