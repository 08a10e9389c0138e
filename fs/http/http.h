/*
 * HTTP client: one engine serves any number of threads. Connections are kept and shared, TLS is
 * verified, failures that may pass are retried. Nothing outside fs/http knows which library does
 * the work.
 *
 * One thread, started by the first request, moves all bytes. Calls wait for their own request
 * alone; a request that is cancelled ends at once.
 *
 * Retried, with growing random delays and as long as the request's patience lasts: 408, 429, 5xx
 * (but 501, 505 and 507), refused, lost and stalled connections. Retry-After is honoured.
 *
 * Redirects are followed for GET and HEAD, to https only, five times at most. Secret headers are
 * sent to the host of the original address alone.
 *
 * Errors, of every call that makes a request:
 *   -ECONNREFUSED -EHOSTUNREACH -ETIMEDOUT   the host does not answer, or is not known
 *   -EKEYREJECTED   its certificate is not trusted
 *   -EACCES         401, 403
 *   -ENOENT         404, 410
 *   -ESTALE         412
 *   -EEXIST         409
 *   -ERANGE         416
 *   -ENOSPC         507
 *   -EIO            any other answer but 2xx; the connection was lost; the answer is larger than
 *                   the caller accepts
 *   -EINVAL         the address is not one of http or https
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
	const char *proxy;      /* NULL: as http_proxy, https_proxy and no_proxy say */
	const char *user_agent; /* NULL: rdbfs and its version */
	uint64_t rate;          /* bytes per second of all bodies together; 0: no limit */
};

/*
 * Starts no thread.
 *   -EINVAL   ca_file cannot be read
 *   -ENOMEM
 */
int rdb_http_create(
	const struct rdb_http_options *options, struct rdb_http **out, struct rdb_err *err);

/* Ends the thread and closes all connections, so that the process may fork; the next request
 * starts it again. Only while no request is under way. */
void rdb_http_rest(struct rdb_http *http);

/* Only while no request is under way. NULL is fine. */
void rdb_http_destroy(struct rdb_http *http);

/* ---- requests ---- */

enum rdb_http_method {
	RDB_HTTP_GET,
	RDB_HTTP_HEAD,
	RDB_HTTP_PUT,
	RDB_HTTP_POST,
	RDB_HTTP_DELETE,
};

#define RDB_HTTP_PATIENCE 60000   /* ms, where a request says nothing else */
#define RDB_HTTP_STALL 30000      /* ms */
#define RDB_HTTP_BODY_MAX 1048576 /* bytes */

/* Everything outlives the call. Zero-initialised but for url: a GET. */
struct rdb_http_request {
	enum rdb_http_method method;
	const char *url;
	const char *const *headers; /* "Name: value", ended by NULL; NULL: none */
	const char *const *secrets; /* headers that hold credentials */
	const void *body;           /* of PUT and POST; sent again with each attempt */
	size_t body_len;
	size_t body_max;   /* bytes of answer to accept; 0: RDB_HTTP_BODY_MAX */
	int timeout;       /* ms for all of it; 0: as long as bytes flow */
	int patience;      /* ms after the first failure to retry in; 0: RDB_HTTP_PATIENCE;
			    * less than 0: no retry */
	int stall;         /* ms without a byte after which a connection is lost; 0:
			    * RDB_HTTP_STALL */
	bool direct;       /* never through a proxy */
	bool no_redirect;  /* a redirect is an answer like any other (-EIO) */
	bool unrepeatable; /* retried only when the request cannot have reached the server */
	const struct rdb_cancel *cancel; /* NULL: none */
	/*
	 * Called before each attempt, by the thread that makes the call: may replace headers and
	 * secrets (a signature holds the time). NULL: nothing to do. An error ends the call.
	 */
	int (*prepare)(struct rdb_http_request *request, void *arg, struct rdb_err *err);
	void *prepare_arg;
};

/* Zero-initialised is empty. */
struct rdb_http_response {
	int status;             /* 0: there was no answer */
	struct rdb_buf headers; /* use rdb_http_header() */
	struct rdb_buf body;    /* of an error: its first bytes */
};

/*
 * Makes a request and waits for its answer. Returns 0 when that is 2xx; the response is filled in
 * after other answers too. Free it in any case.
 */
int rdb_http_call(struct rdb_http *http, const struct rdb_http_request *request,
	struct rdb_http_response *response, struct rdb_err *err);

/* A header's value; NULL: there is none. name: in any case. Lives as long as the response. */
const char *rdb_http_header(const struct rdb_http_response *response, const char *name);

void rdb_http_response_free(struct rdb_http_response *response);

/* The errno for a status, as listed above; 0 for 2xx. */
int rdb_http_errno(int status);

/* ---- answers that are read while they arrive ---- */

struct rdb_http_stream;

/*
 * Makes a request and returns when a 2xx answer's headers are there. Its body then arrives by
 * itself until window bytes wait to be read. response: as of rdb_http_call(), without the body
 * unless the answer is an error.
 */
int rdb_http_stream_open(struct rdb_http *http, const struct rdb_http_request *request,
	size_t window, struct rdb_http_response *response, struct rdb_http_stream **out,
	struct rdb_err *err);

/*
 * Reads up to len bytes, at least one; 0 at the body's end. One thread at a time. Failures are
 * not retried here: the caller knows where to go on.
 */
ssize_t rdb_http_stream_read(
	struct rdb_http_stream *stream, void *buf, size_t len, struct rdb_err *err);

/* Lets more bytes wait from now on; never fewer. 0 or -ENOMEM, and the window is as it was. */
int rdb_http_stream_widen(struct rdb_http_stream *stream, size_t window);

/* Also before the end: the connection is then closed. NULL is fine. */
void rdb_http_stream_close(struct rdb_http_stream *stream);

#endif
