/* What the engine (http.c), one attempt of a request (transfer.c), calls (call.c) and streams
 * (stream.c) share. */
#ifndef RDB_HTTP_HTTP_PRIVATE_H
#define RDB_HTTP_HTTP_PRIVATE_H

#include "base/queue.h"
#include "http/http.h"
#include "http/ring.h"

#include <curl/curl.h>
#include <pthread.h>

/*
 * state      by                 means
 * IDLE       start              no thread knows it
 * QUEUED     rdb_http_post      in the inbox; the engine has not looked yet
 * RUNNING    the engine         the library works on it
 * ENDED      the engine         no thread but the owner's knows it: result is final
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
	size_t sent;     /* bytes of the request's body; the engine's */
	size_t body_max; /* bytes of answer to keep */
	bool streaming;  /* a 2xx answer's body goes into the ring */

	TAILQ_ENTRY(rdb_transfer) inbox_link; /* guarded by the engine's lock */
	bool in_inbox;
	TAILQ_ENTRY(rdb_transfer) link; /* the engine's: among those that run */
	bool throttled;                 /* the engine's: paused until the rate allows more */
	curl_off_t moved;               /* the engine's: bytes as of moved_at */
	int64_t moved_at;               /* the engine's: ms of rdb_wait_now()'s clock */

	pthread_mutex_t lock; /* guards the rest */
	pthread_cond_t changed;
	enum rdb_transfer_state state;
	bool answered;   /* the final answer's headers are there */
	bool end_wanted; /* the owner does not need it any more */
	bool full;       /* paused because the ring is full */
	bool too_large;  /* ended because the answer was */
	int status;
	struct rdb_buf header_bytes; /* of the answer */
	struct rdb_buf body;
	struct rdb_ring ring;
	CURLcode code;  /* ENDED: the library's result */
	long os_error;  /* ENDED: errno of the connection, 0: none */
	bool cancelled; /* ENDED: by the request's cancel */
};

struct rdb_http {
	char *ca_file, *proxy, *user_agent;
	uint64_t rate;

	pthread_mutex_t lock; /* guards the next group */
	pthread_cond_t attended;
	TAILQ_HEAD(, rdb_transfer) inbox;
	const struct rdb_transfer *attending; /* out of the inbox, in the engine's hands */
	bool started, stopping;
	pthread_t thread;

	CURLM *multi; /* the engine's; curl_multi_wakeup() is for any thread */

	/* The engine's: */
	TAILQ_HEAD(, rdb_transfer) running;
	struct curl_waitfd *cancels;
	size_t cancel_cap;
	double free_at; /* ms of rdb_wait_now()'s clock: the rate is used up until then */
};

/* ---- the engine ---- */

/* Lets the engine look at the transfer: to begin it, to end it, or to go on. -EAGAIN -ENOMEM:
 * no thread. Only the first call for a transfer can fail. */
int rdb_http_post(struct rdb_http *http, struct rdb_transfer *transfer);

/* Takes an ended transfer out of the engine's sight: it may be freed afterwards. */
void rdb_http_forget(struct rdb_http *http, struct rdb_transfer *transfer);

/* For the library's callbacks: true when so many bytes may pass now, and they count; false: the
 * transfer is to be paused, and is resumed in time. */
bool rdb_http_may_pass(struct rdb_http *http, struct rdb_transfer *transfer, size_t bytes);

/* ---- one attempt ---- */

/* url: where to; secrets: whether that host may see them. window: of a stream, else 0. timeout:
 * ms, 0 none. */
int rdb_transfer_start(struct rdb_http *http, const struct rdb_http_request *request,
	const char *url, bool secrets, size_t window, int timeout, struct rdb_transfer **out,
	struct rdb_err *err);

/* Until it ended, or, of a stream (true), until a 2xx answer's headers are there. */
bool rdb_transfer_wait(struct rdb_transfer *transfer);

/* For the engine: whether no byte has moved for too long. One that is paused does not stall. */
bool rdb_transfer_stalls(struct rdb_transfer *transfer, int64_t now);

/* For the engine: the library is done with it, or the transfer was called off. */
void rdb_transfer_ended(struct rdb_transfer *transfer, CURLcode code, bool cancelled);

/* 0, or the errno of an attempt that ended, in words; status is looked at too. */
int rdb_transfer_result(struct rdb_transfer *transfer, struct rdb_err *err);

/* Ends it first where it runs. NULL is fine. */
void rdb_transfer_free(struct rdb_transfer *transfer);

/* Host and port of an address, for messages. Static text for what is none. */
void rdb_http_host(const char *url, char out[256]);

/* ---- attempts ---- */

/* An answer's header lines as they came -> "name\0value\0"..., names in lower case. 0 or -ENOMEM.
 */
int rdb_http_headers_parse(const struct rdb_buf *raw, struct rdb_buf *out);

/* Makes attempts until one succeeds or patience ends. request: a copy that prepare may change and
 * that outlives the transfer. window: as of rdb_transfer_start. out: the last attempt, or NULL;
 * the caller's to free, also on failure. */
int rdb_http_attempt(struct rdb_http *http, struct rdb_http_request *request, size_t window,
	struct rdb_http_response *response, struct rdb_transfer **out, struct rdb_err *err);

#endif
