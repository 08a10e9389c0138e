/* Internal declarations of the HTTP client, shared by the engine (http.c), transfers (transfer.c),
 * calls (call.c) and streams (http_stream.c). A transfer is one attempt of a request. */
#ifndef RDB_HTTP_HTTP_PRIVATE_H
#define RDB_HTTP_HTTP_PRIVATE_H

#include "base/queue.h"
#include "http/http.h"
#include "http/ring.h"

#include <curl/curl.h>
#include <pthread.h>

enum rdb_transfer_state {
	RDB_TRANSFER_QUEUED,  /* at first: in the engine's inbox */
	RDB_TRANSFER_RUNNING, /* libcurl moves the bytes */
	RDB_TRANSFER_ENDED,   /* the result is final, and libcurl no longer uses the transfer */
};

/* Result of a transfer that the engine has ended because the transfer's request was cancelled */
#define RDB_TRANSFER_CANCELLED CURLE_ABORTED_BY_CALLBACK

/* One attempt to send an HTTP request and to receive the answer. Only the engine's thread accesses
 * the fields with the comment "used only by the engine". */
struct rdb_transfer {
	struct rdb_http *http;
	CURL *easy;
	struct curl_slist *headers;
	const struct rdb_http_request *request;
	char host[256]; /* for messages */
	char words[CURL_ERROR_SIZE];
	size_t sent;     /* bytes of the request's body sent so far; used only by the engine */
	size_t body_max; /* limit on the answer's body, in bytes */
	bool streaming;  /* whether the body of a 2xx answer is put into the ring */

	TAILQ_ENTRY(rdb_transfer) inbox_link; /* link in the inbox; guarded by the engine's lock */
	bool in_inbox;
	TAILQ_ENTRY(rdb_transfer) link; /* link of the running transfers; used only by the engine */
	bool throttled;   /* the rate limit has paused the transfer; used only by the engine */
	curl_off_t moved; /* bytes sent and received until moved_at; used only by the engine */
	int64_t moved_at; /* time in ms when moved last changed; used only by the engine */
	int socket_error; /* errno of the last socket(), 0 for none; used only by the engine */

	pthread_mutex_t lock; /* guards the rest */
	pthread_cond_t changed;
	enum rdb_transfer_state state;
	bool answered;   /* whether the headers of the final answer have arrived */
	bool end_wanted; /* whether the owner no longer needs the transfer */
	bool full;       /* whether a full ring has paused the transfer */
	bool too_large;  /* whether the transfer ended because the answer was too large */
	int status;
	struct rdb_buf header_bytes; /* header lines of the answer */
	struct rdb_buf body;
	struct rdb_ring ring;
	CURLcode code; /* result of the library, in state ENDED, or RDB_TRANSFER_CANCELLED */
	long os_error; /* errno of the connection, in state ENDED; 0 for none */
};

struct rdb_http {
	char *ca_file;
	uint64_t rate;

	pthread_mutex_t lock; /* guards the fields up to and including thread */
	pthread_cond_t attended;
	TAILQ_HEAD(, rdb_transfer) inbox;
	const struct rdb_transfer *attending; /* transfer taken from the inbox, being handled */
	bool started, stopping;
	pthread_t thread;

	CURLM *multi; /* used only by the engine's thread, except for curl_multi_wakeup() */

	/* The fields below are accessed only by the engine's thread. */
	TAILQ_HEAD(, rdb_transfer) running;
	struct curl_waitfd *cancels;
	size_t cancel_cap;
	double free_at; /* time in ms, by rdb_wait_now(), until which the rate limit allows no
			 * bytes */
};

/* ---- the engine ---- */

/* Passes a transfer to the engine's thread, which starts, ends or resumes it. Returns 0, -EAGAIN or
 * -ENOMEM. Only the first call for a transfer can fail. */
int rdb_http_post(struct rdb_http *http, struct rdb_transfer *transfer);

/* Called after the transfer has ended. Waits until the engine's thread has finished its work on the
 * transfer. The caller may then free the transfer. */
void rdb_http_forget(struct rdb_http *http, struct rdb_transfer *transfer);

/* If the rate limit allows the bytes now, counts the bytes and returns true. Otherwise returns
 * false, and the caller must pause the transfer. The engine later resumes the transfer. */
bool rdb_http_may_pass(struct rdb_http *http, struct rdb_transfer *transfer, size_t bytes);

/* ---- one attempt ---- */

/*
 * Starts the transfer of an HTTP request and its answer. If "secrets" is true, the transfer
 * sends the credentials in request->secrets. If "window" is not 0, the caller reads the answer
 * as a stream, and the transfer pauses while "window" bytes are unread. If "timeout" is not 0,
 * the transfer may last at most "timeout" ms.
 * Returns:
 *   0        the transfer was started
 *   -EAGAIN  the engine's thread cannot be started
 *   -ENOMEM  memory is exhausted
 */
int rdb_transfer_start(struct rdb_http *http, const struct rdb_http_request *request,
	const char *url, bool secrets, size_t window, int timeout, struct rdb_transfer **out,
	struct rdb_err *err);

/* If the transfer is a stream, returns true as soon as the headers of a 2xx answer have arrived.
 * Otherwise waits until the transfer has ended, and returns false. */
bool rdb_transfer_wait(struct rdb_transfer *transfer);

/* Returns true if the transfer has moved no byte for too long; a paused one never stalls. Called
 * only by the engine's thread. */
bool rdb_transfer_stalls(struct rdb_transfer *transfer, int64_t now);

/* Records that the transfer has ended with the result "code", and wakes the waiting threads. Called
 * only by the engine's thread. */
void rdb_transfer_ended(struct rdb_transfer *transfer, CURLcode code);

/* Returns 0 if the ended transfer has succeeded, or a negative errno with a message in *err. */
int rdb_transfer_result(struct rdb_transfer *transfer, struct rdb_err *err);

/* Frees the transfer. A running transfer is ended first. transfer may be NULL. */
void rdb_transfer_free(struct rdb_transfer *transfer);

/* Stores in "out" the host and, if present, the port of the address "url", for use in messages. If
 * the address is malformed, stores "the server". */
void rdb_http_host(const char *url, char out[256]);

/* ---- attempts ---- */

/* Converts the header lines of an answer to pairs "name\0value\0", with the names in lower case.
 * Returns 0 or -ENOMEM. */
int rdb_http_headers_parse(const struct rdb_buf *raw, struct rdb_buf *out);

/* Sends a request until an attempt succeeds or no further attempt is allowed. *out is the last
 * transfer, or NULL if no transfer was started. The caller must free *out, even after an error.
 * *request must exist until *out is freed. request->prepare() may change *request. */
int rdb_http_attempt(struct rdb_http *http, struct rdb_http_request *request, size_t window,
	struct rdb_http_response *response, struct rdb_transfer **out, struct rdb_err *err);

#endif
