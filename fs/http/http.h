/*
 * HTTP client. One engine serves any number of threads; its own thread moves all bytes. Cancelling
 * a request ends the request at once.
 *
 * Retries: a request is repeated after growing random delays, for as long as its patience allows,
 * if the connection was refused, lost or has stalled, or for status 408, 429 and 5xx, except 501,
 * 505 and 507.
 *
 * Redirects are followed for GET and HEAD, only to https, and at most five times. Secret headers
 * are sent only to the scheme, host and port of the original address.
 *
 * Errors of all functions that make a request:
 *
 *   -ECONNREFUSED, -EHOSTUNREACH or -ETIMEDOUT if the host is unknown or does not answer;
 *   -EKEYREJECTED if the host's certificate is not trusted;
 *   -EACCES for status 401 and 403;
 *   -ENOENT for status 404 and 410;
 *   -ESTALE for status 412;
 *   -EEXIST for status 409;
 *   -ERANGE for status 416;
 *   -ENOSPC for status 507;
 *   -EIO for any other status except 2xx, if the connection was lost, or if the answer is
 *        larger than the caller accepts;
 *   -EINVAL if the address is not http or https;
 *   -ECANCELED if the request was cancelled;
 *   -ENOMEM, -EMFILE or -EAGAIN if memory, descriptors or threads are short.
 */
#ifndef RDB_HTTP_HTTP_H
#define RDB_HTTP_HTTP_H

#include "base/buf.h"
#include "base/cancel.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct rdb_http;

/* Options of an HTTP engine. Proxies are read from the environment (http_proxy, no_proxy). */
struct rdb_http_options {
	const char *ca_file; /* PEM file of trusted certificates; NULL for the system's */
	uint64_t rate; /* limit for the bodies of all requests together, bytes per second; 0 for
			  none */
};

/*
 * Creates an HTTP engine, without starting its thread. Copies the options. Returns 0, -ENOMEM, or
 * -EINVAL if ca_file cannot be read.
 */
int rdb_http_create(
	const struct rdb_http_options *options, struct rdb_http **out, struct rdb_err *err);

/* Ends the engine's thread and closes all connections, for example before a fork. Must not be
 * called during a request. The next request starts the thread again. */
void rdb_http_rest(struct rdb_http *http);

/* Destroys the engine. Must not be called while a request is running. Accepts NULL. */
void rdb_http_destroy(struct rdb_http *http);

/* ---- requests ---- */

enum rdb_http_method {
	RDB_HTTP_GET,
	RDB_HTTP_HEAD,
	RDB_HTTP_PUT,
	RDB_HTTP_POST,
	RDB_HTTP_DELETE,
};

#define RDB_HTTP_PATIENCE 60000   /* default patience of a request in ms */
#define RDB_HTTP_STALL 30000      /* ms */
#define RDB_HTTP_BODY_MAX 1048576 /* bytes */

/* A request, which is a GET if only url is set. All pointers must stay valid until the sending
 * function returns. A stream needs "cancel" until rdb_http_stream_close(). */
struct rdb_http_request {
	enum rdb_http_method method;
	const char *url;
	const char *const *headers; /* lines "Name: value", then NULL; NULL for none */
	const char *const *secrets; /* lines with credentials, in the form of the field headers */
	const void *body;           /* body of PUT and POST; sent again with each attempt */
	size_t body_len;
	size_t body_max; /* limit on the answer's body in bytes; 0 for RDB_HTTP_BODY_MAX */
	int timeout;     /* limit on the whole request in ms; 0 for none */
	int patience; /* ms from first failure to last retry; 0 for RDB_HTTP_PATIENCE; below 0 for
			 no retries */
	int stall;    /* ms without a byte after which the connection counts as lost; 0 for
			 RDB_HTTP_STALL */
	bool direct;  /* bypass any proxy */
	bool no_redirect;  /* whether a redirect is an error, -EIO */
	bool unrepeatable; /* retry only if the server cannot have received the request */
	const struct rdb_cancel *cancel; /* NULL: none */
	/* Called on the calling thread before each attempt, for example to sign the headers. An
	 * error ends the request. If the pointer "prepare" is NULL, no function is called. */
	int (*prepare)(struct rdb_http_request *request, void *arg, struct rdb_err *err);
	void *prepare_arg;
};

/* Answer to a request. A zero-initialised response is empty. */
struct rdb_http_response {
	int status;             /* HTTP status; 0 if no answer arrived */
	unsigned attempts;      /* number of requests; the server may have carried out each one */
	struct rdb_buf headers; /* use rdb_http_header() */
	struct rdb_buf body;    /* body of the answer; truncated if the status is an error */
};

/* Sends a request and waits for the answer. Always fills in *response, which the caller frees.
 * Returns 0 for a status 2xx, or an error listed at the top of this file. */
int rdb_http_call(struct rdb_http *http, const struct rdb_http_request *request,
	struct rdb_http_response *response, struct rdb_err *err);

/* Returns the value of the header with this name, or NULL if the response has no such header. The
 * case of the name does not matter. The value is valid until the response is freed. */
const char *rdb_http_header(const struct rdb_http_response *response, const char *name);

void rdb_http_response_free(struct rdb_http_response *response);

/* ---- answers that are read while they arrive ---- */

struct rdb_http_stream;

/* Sends a request and waits for the answer's headers. The transfer pauses while "window" bytes of
 * the body are unread. The body is stored in *response only if the HTTP status is an error. */
int rdb_http_stream_open(struct rdb_http *http, const struct rdb_http_request *request,
	size_t window, struct rdb_http_response *response, struct rdb_http_stream **out,
	struct rdb_err *err);

/*
 * Reads up to len bytes of the body into buf, and waits until a byte has arrived. Only one thread
 * at a time may read. After an error, the caller may open a new stream for the rest of the body.
 * Returns:
 *   > 0  the number of bytes
 *   0    the end of the body
 *   < 0  a negative errno
 */
ssize_t rdb_http_stream_read(
	struct rdb_http_stream *stream, void *buf, size_t len, struct rdb_err *err);

/* Raises the stream's limit on unread bytes to "window". The transfer pauses while the limit is
 * reached. Returns 0 or -ENOMEM. After -ENOMEM, the limit is unchanged. */
int rdb_http_stream_widen(struct rdb_http_stream *stream, size_t window);

/* Closes the stream. If the body has not arrived completely, the connection is closed as well.
 * Accepts NULL. */
void rdb_http_stream_close(struct rdb_http_stream *stream);

#endif
