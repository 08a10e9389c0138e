/* Declarations shared by the engine (http.c), one attempt of a request (transfer.c), calls (call.c)
 * and streams (stream.c). */
#ifndef RDB_HTTP_HTTP_PRIVATE_H
#define RDB_HTTP_HTTP_PRIVATE_H

#include "base/queue.h"
#include "http/http.h"
#include "http/ring.h"

#include <curl/curl.h>
#include <pthread.h>

/*
 * state      set by             meaning
 * IDLE       start              known only to its owner
 * QUEUED     start              in the inbox; the engine has not handled it yet
 * RUNNING    the engine         the library transfers it
 * ENDED      the engine         known only to its owner: the result is final
 */
enum rdb_transfer_state {
	RDB_TRANSFER_IDLE,
	RDB_TRANSFER_QUEUED,
	RDB_TRANSFER_RUNNING,
	RDB_TRANSFER_ENDED,
};

/* One attempt of a request. */
struct rdb_transfer {
	struct rdb_http *http;
	CURL *easy;
	struct curl_slist *headers;
	const struct rdb_http_request *request;
	char host[256]; /* for messages */
	char words[CURL_ERROR_SIZE];
	size_t sent;     /* bytes of the request's body sent; the engine's */
	size_t body_max; /* largest answer to keep, bytes */
	bool streaming;  /* the body of a 2xx answer goes into the ring */

	TAILQ_ENTRY(rdb_transfer) inbox_link; /* guarded by the engine's lock */
	bool in_inbox;
	TAILQ_ENTRY(rdb_transfer) link; /* the engine's: in its list of running transfers */
	bool throttled;                 /* the engine's: paused until the rate limit allows more */
	curl_off_t moved;               /* the engine's: bytes moved up to moved_at */
	int64_t moved_at;               /* the engine's: ms of rdb_wait_now()'s clock */

	pthread_mutex_t lock; /* guards the rest */
	pthread_cond_t changed;
	enum rdb_transfer_state state;
	bool answered;   /* the final answer's headers have arrived */
	bool end_wanted; /* the owner no longer needs it */
	bool full;       /* paused because the ring is full */
	bool too_large;  /* ended because the answer was too large */
	int status;
	struct rdb_buf header_bytes; /* header lines of the answer */
	struct rdb_buf body;
	struct rdb_ring ring;
	CURLcode code;  /* ENDED: the library's result */
	long os_error;  /* ENDED: errno of connecting; 0: none */
	bool cancelled; /* ENDED: by the request's cancel */
};

struct rdb_http {
	char *ca_file, *proxy, *user_agent;
	uint64_t rate;

	pthread_mutex_t lock; /* guards the fields up to thread */
	pthread_cond_t attended;
	TAILQ_HEAD(, rdb_transfer) inbox;
	const struct rdb_transfer *attending; /* being handled, no longer in the inbox */
	bool started, stopping;
	pthread_t thread;

	CURLM *multi; /* the engine's; any thread may call curl_multi_wakeup() */

	/* used by the engine only */
	TAILQ_HEAD(, rdb_transfer) running;
	struct curl_waitfd *cancels;
	size_t cancel_cap;
	double free_at; /* ms of rdb_wait_now()'s clock: no byte may move until then */
};

/* ---- the engine ---- */

/* Queues the transfer for the engine, which then begins, ends or resumes the transfer. -EAGAIN
 * -ENOMEM: the thread cannot be started. Only the first call for a transfer can fail. */
int rdb_http_post(struct rdb_http *http, struct rdb_transfer *transfer);

/* Removes an ended transfer from the engine's inbox. Afterwards the caller may free the
 * transfer. */
void rdb_http_forget(struct rdb_http *http, struct rdb_transfer *transfer);

/* For the library's callbacks. Returns true, and counts the bytes, if the rate limit allows them
 * now. On false, pause the transfer: the engine resumes it. */
bool rdb_http_may_pass(struct rdb_http *http, struct rdb_transfer *transfer, size_t bytes);

/* ---- one attempt ---- */

/* Starts an attempt. url: address of this attempt; secrets: send the secret headers. window: bytes
 * of a stream's ring, else 0. timeout: ms; 0: none. */
int rdb_transfer_start(struct rdb_http *http, const struct rdb_http_request *request,
	const char *url, bool secrets, size_t window, int timeout, struct rdb_transfer **out,
	struct rdb_err *err);

/* Waits until the transfer has ended, or until the headers of a stream with status 2xx have
 * arrived. Returns true in the second case. */
bool rdb_transfer_wait(struct rdb_transfer *transfer);

/* For the engine: whether no byte has moved for too long. A paused transfer does not stall. */
bool rdb_transfer_stalls(struct rdb_transfer *transfer, int64_t now);

/* For the engine: ends the transfer with the library's result, or as cancelled. */
void rdb_transfer_ended(struct rdb_transfer *transfer, CURLcode code, bool cancelled);

/* Result of an ended attempt, from the library's code and the status: 0, or an errno with a
 * text. */
int rdb_transfer_result(struct rdb_transfer *transfer, struct rdb_err *err);

/* Frees the transfer; a running one is ended first. Accepts NULL. */
void rdb_transfer_free(struct rdb_transfer *transfer);

/* Host and port of an address, for messages; a static text if the address is malformed. */
void rdb_http_host(const char *url, char out[256]);

/* ---- attempts ---- */

/* Converts an answer's header lines to "name\0value\0"..., names in lower case. Returns 0 or
 * -ENOMEM. */
int rdb_http_headers_parse(const struct rdb_buf *raw, struct rdb_buf *out);

/* Makes attempts until one succeeds or patience ends. request: a copy that prepare may change; must
 * outlive the transfer. window: as for rdb_transfer_start(). out: the last attempt, or NULL; the
 * caller frees it, also on failure. */
int rdb_http_attempt(struct rdb_http *http, struct rdb_http_request *request, size_t window,
	struct rdb_http_response *response, struct rdb_transfer **out, struct rdb_err *err);

#endif
