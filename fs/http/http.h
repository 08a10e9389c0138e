/*
 * HTTP client: one engine serves any number of threads. Connections are kept and shared, TLS is
 * verified, transient failures are retried. Only fs/http knows which library does the work.
 *
 * One thread, started by the first request, moves all bytes. A call waits only for its own
 * request; cancelling a request ends it at once.
 *
 * Retried, with growing random delays and within the request's patience: 408, 429, 5xx (except
 * 501, 505 and 507), refused, lost and stalled connections. Retry-After is honoured.
 *
 * Redirects are followed for GET and HEAD, to https only, at most five times. Secret headers are
 * sent only to the host of the original address.
 *
 * Errors of every call that makes a request:
 *   -ECONNREFUSED -EHOSTUNREACH -ETIMEDOUT   the host does not answer, or is unknown
 *   -EKEYREJECTED   its certificate is not trusted
 *   -EACCES         401, 403
 *   -ENOENT         404, 410
 *   -ESTALE         412
 *   -EEXIST         409
 *   -ERANGE         416
 *   -ENOSPC         507
 *   -EIO            any other answer except 2xx; the connection was lost; the answer is larger
 *                   than the caller accepts
 *   -EINVAL         the address is not http or https
 *   -ECANCELED -ENOMEM -EMFILE -EAGAIN
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

/* Strings are copied. */
struct rdb_http_options {
	const char *ca_file;    /* certificates to trust, PEM; NULL: the system's */
	const char *proxy;      /* NULL: from http_proxy, https_proxy and no_proxy */
	const char *user_agent; /* NULL: rdbfs and its version */
	uint64_t rate;          /* bytes per second, all bodies together; 0: no limit */
};

/*
 * Creates an engine; starts no thread.
 *   -EINVAL   ca_file cannot be read
 *   -ENOMEM
 */
int rdb_http_create(
	const struct rdb_http_options *options, struct rdb_http **out, struct rdb_err *err);

/* Ends the thread and closes all connections, so that the process may fork; the next request starts
 * the thread again. Call it only when no request is running. */
void rdb_http_rest(struct rdb_http *http);

/* Destroys the engine. Call it only when no request is running. Accepts NULL. */
void rdb_http_destroy(struct rdb_http *http);

/* ---- requests ---- */

enum rdb_http_method {
	RDB_HTTP_GET,
	RDB_HTTP_HEAD,
	RDB_HTTP_PUT,
	RDB_HTTP_POST,
	RDB_HTTP_DELETE,
};

#define RDB_HTTP_PATIENCE 60000   /* ms, default of a request */
#define RDB_HTTP_STALL 30000      /* ms */
#define RDB_HTTP_BODY_MAX 1048576 /* bytes */

/* A request. Its pointers must outlive the call. Zero-initialised except for url: a GET. */
struct rdb_http_request {
	enum rdb_http_method method;
	const char *url;
	const char *const *headers; /* "Name: value", ended by NULL; NULL: none */
	const char *const *secrets; /* lines with credentials, in the form of headers */
	const void *body;           /* body of PUT and POST; sent with each attempt */
	size_t body_len;
	size_t body_max;   /* largest answer to accept, bytes; 0: RDB_HTTP_BODY_MAX */
	int timeout;       /* ms for the whole request; 0: as long as bytes flow */
	int patience;      /* ms from first failure to last retry; 0: RDB_HTTP_PATIENCE; <0: none */
	int stall;         /* ms without a byte: connection lost; 0: RDB_HTTP_STALL */
	bool direct;       /* bypass any proxy */
	bool no_redirect;  /* treat a redirect as an error (-EIO) */
	bool unrepeatable; /* retry only if the server cannot have received the request */
	const struct rdb_cancel *cancel; /* NULL: none */
	/*
	 * Called before each attempt, on the calling thread; may replace headers and secrets (a
	 * signature contains the time). An error ends the call. NULL: none.
	 */
	int (*prepare)(struct rdb_http_request *request, void *arg, struct rdb_err *err);
	void *prepare_arg;
};

/* Zero-initialised is empty. */
struct rdb_http_response {
	int status;             /* 0: no answer arrived */
	struct rdb_buf headers; /* use rdb_http_header() */
	struct rdb_buf body;    /* body of an error: only its first bytes */
};

/*
 * Makes a request and waits for its answer. Returns 0 if the status is 2xx; the response is also
 * filled in for other statuses. Free the response in any case.
 */
int rdb_http_call(struct rdb_http *http, const struct rdb_http_request *request,
	struct rdb_http_response *response, struct rdb_err *err);

/* Returns the value of a header; NULL: the answer lacks it. name: case is ignored. The text lives
 * as long as the response. */
const char *rdb_http_header(const struct rdb_http_response *response, const char *name);

void rdb_http_response_free(struct rdb_http_response *response);

/* Returns the errno for a status, as listed at the top; 0 for 2xx. */
int rdb_http_errno(int status);

/* ---- answers that are read while they arrive ---- */

struct rdb_http_stream;

/*
 * Makes a request and returns after the headers of a 2xx answer. The body then arrives in the
 * background until window bytes are unread. response: as for rdb_http_call(), but the body is
 * filled in only for an error.
 */
int rdb_http_stream_open(struct rdb_http *http, const struct rdb_http_request *request,
	size_t window, struct rdb_http_response *response, struct rdb_http_stream **out,
	struct rdb_err *err);

/*
 * Reads up to len bytes, at least one. Returns 0 at the end of the body. One thread at a time.
 * Failures are not retried here: the caller knows where to continue.
 */
ssize_t rdb_http_stream_read(
	struct rdb_http_stream *stream, void *buf, size_t len, struct rdb_err *err);

/* Enlarges the window for unread bytes; never reduces it. Returns 0 or -ENOMEM, with the window
 * unchanged. */
int rdb_http_stream_widen(struct rdb_http_stream *stream, size_t window);

/* Closes the stream; before the end of the body also the connection. Accepts NULL. */
void rdb_http_stream_close(struct rdb_http_stream *stream);

#endif
