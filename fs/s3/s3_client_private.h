/* Declarations shared by the parts of the client: s3_client.c (requests), s3_answer.c (errors),
 * list.c, object.c and s3_upload.c. */
#ifndef RDB_S3_S3_CLIENT_PRIVATE_H
#define RDB_S3_S3_CLIENT_PRIVATE_H

#include "s3/credential_chain.h"
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
	char *scheme;  /* scheme of the endpoint, or "https" */
	char *host;    /* host and port of the endpoint; NULL for AWS */
	char *base;    /* path of the endpoint before the bucket, "" or "/…" */
	char *service; /* text of rdb_s3_service() */
	bool path_style;

	pthread_mutex_t lock; /* guards the field below */
	char region[64];
};

/* A request and the memory for its answer. The caller sets the needed fields and zeroes the rest.
 * Header names are in lower case. */
struct rdb_s3_call {
	enum rdb_http_method method;
	const char *key; /* key of the object; NULL for the bucket itself */
	struct rdb_pair query[RDB_S3_QUERY];
	size_t query_count;
	struct rdb_pair headers[RDB_S3_HEADERS];
	size_t header_count;
	const void *body;
	size_t len;
	size_t body_max; /* bytes of the largest answer that is accepted */
	const struct rdb_s3_wait *wait;
	size_t window;                   /* bytes of a stream's window; 0 for no stream */
	struct rdb_http_stream **stream; /* the stream is stored here */
};

void rdb_s3_query(struct rdb_s3_call *call, const char *name, const char *value);
void rdb_s3_header(struct rdb_s3_call *call, const char *name, const char *value);

/* Signs and sends a request. Converts the service's error to a negative errno and a message. Stores
 * the answer in *response as rdb_http_call() does. */
int rdb_s3_request(struct rdb_s3 *s3, struct rdb_s3_call *call, struct rdb_http_response *response,
	struct rdb_err *err);

/* Stores the number that a text of decimal digits represents. Returns false if the text is NULL or
 * empty, if the text contains another character, or if the number is too large for *out. */
bool rdb_s3_number(const char *text, uint64_t *out);

/* ---- errors that the service answers with ---- */

struct rdb_s3_problem {
	char code[64];     /* such as "NoSuchKey"; empty if there is no error */
	char message[200]; /* message of the service */
	char region[64];   /* region of the bucket; empty if not given */
};

/* Reads the service's error from an answer. All fields of *out are empty if the answer has no
 * error. */
void rdb_s3_problem_read(const struct rdb_http_response *response, struct rdb_s3_problem *out);

/* Returns the errno for the service's error *problem. If *problem is empty or has an unknown code,
 * returns "ret", the HTTP client's error. Stores a message in *err. */
int rdb_s3_problem_error(const struct rdb_s3 *s3, const struct rdb_s3_call *call,
	const struct rdb_http_response *response, const struct rdb_s3_problem *problem, int ret,
	struct rdb_err *err);

#endif
