#include "base/array.h"

#include "base/thread.h"
#include "base/wait.h"
#include "http/http_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define POLL_MS 1000  /* longest sleep of the engine, in ms */
#define KEPT_LINKS 32 /* largest number of idle connections */
#define LINK_SHARE 16 /* idle connections may use this fraction of the limit of descriptors */

/* ---- transfers in the inbox ---- */

static void begin(struct rdb_http *http, struct rdb_transfer *transfer)
{
	CURLMcode code = curl_multi_add_handle(http->multi, transfer->easy);

	if (code == CURLM_OK)
		TAILQ_INSERT_TAIL(&http->running, transfer, link);
	else
		rdb_transfer_ended(transfer, CURLE_OUT_OF_MEMORY);
}

static void end(struct rdb_http *http, struct rdb_transfer *transfer, CURLcode code)
{
	curl_multi_remove_handle(http->multi, transfer->easy);
	TAILQ_REMOVE(&http->running, transfer, link);
	rdb_transfer_ended(transfer, code);
}

static void attend(struct rdb_http *http, struct rdb_transfer *transfer)
{
	enum rdb_transfer_state state;
	bool end_wanted;

	pthread_mutex_lock(&transfer->lock);
	state = transfer->state;
	end_wanted = transfer->end_wanted;
	if (state == RDB_TRANSFER_QUEUED)
		transfer->state = RDB_TRANSFER_RUNNING;
	pthread_mutex_unlock(&transfer->lock);
	if (state == RDB_TRANSFER_QUEUED)
		begin(http, transfer);
	else if (state == RDB_TRANSFER_RUNNING && end_wanted)
		end(http, transfer, RDB_TRANSFER_CANCELLED);
	else if (state == RDB_TRANSFER_RUNNING && !transfer->throttled)
		curl_easy_pause(transfer->easy, CURLPAUSE_CONT);
}

/* Starts, cancels or resumes each transfer in the HTTP engine's inbox, depending on the transfer's
 * state. Returns false if the engine's thread must stop. */
static bool attend_all(struct rdb_http *http)
{
	struct rdb_transfer *transfer;
	bool go_on;

	pthread_mutex_lock(&http->lock);
	while ((transfer = TAILQ_FIRST(&http->inbox))) {
		TAILQ_REMOVE(&http->inbox, transfer, inbox_link);
		transfer->in_inbox = false;
		http->attending = transfer;
		pthread_mutex_unlock(&http->lock);
		attend(http, transfer);
		pthread_mutex_lock(&http->lock);
		http->attending = NULL;
		pthread_cond_broadcast(&http->attended);
	}
	go_on = !http->stopping;
	pthread_mutex_unlock(&http->lock);
	return go_on;
}

/* ---- the thread ---- */

static void collect_results(struct rdb_http *http)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(http->multi, &left))) {
		char *transfer = NULL;
		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
		end(http, (struct rdb_transfer *)(void *)transfer, message->data.result);
	}
}

static void end_some(struct rdb_http *http)
{
	int64_t now = rdb_wait_now();
	struct rdb_transfer *transfer, *next;

	for (transfer = TAILQ_FIRST(&http->running); transfer; transfer = next) {
		next = TAILQ_NEXT(transfer, link);
		if (rdb_cancel_fired(transfer->request->cancel))
			end(http, transfer, RDB_TRANSFER_CANCELLED);
		else if (rdb_transfer_stalls(transfer, now))
			end(http, transfer, CURLE_OPERATION_TIMEDOUT);
	}
}

/* Resumes the throttled transfers if the rate limit allows more bytes. Returns the ms for which the
 * engine may wait for events. */
static int resume_throttled(struct rdb_http *http)
{
	double left = http->free_at - (double)rdb_wait_now();
	struct rdb_transfer *transfer;
	bool any = false;

	TAILQ_FOREACH(transfer, &http->running, link)
	{
		if (!transfer->throttled)
			continue;
		any = true;
		if (left > 0)
			continue;
		transfer->throttled = false;
		curl_easy_pause(transfer->easy, CURLPAUSE_CONT);
	}
	if (!any)
		return POLL_MS;
	return left < 1 ? 1 : left < POLL_MS ? (int)left : POLL_MS;
}

/* Stores the running requests' cancel descriptors in http->cancels, and returns their number. */
static unsigned gather_cancels(struct rdb_http *http)
{
	struct rdb_transfer *transfer;
	size_t count = 0;

	TAILQ_FOREACH(transfer, &http->running, link)
	{
		const struct rdb_cancel *cancel = transfer->request->cancel;
		if (!cancel)
			continue;
		/* If memory is exhausted, the remaining requests' descriptors are not watched.
		 * These requests notice a cancellation up to POLL_MS late. */
		if (rdb_array_grow(
			    &http->cancels, &http->cancel_cap, count, sizeof(*http->cancels)) != 0)
			break;
		http->cancels[count++] =
			(struct curl_waitfd){.fd = cancel->fd, .events = CURL_WAIT_POLLIN};
	}
	return (unsigned)count;
}

static void *run(void *arg)
{
	struct rdb_http *http = arg;

	while (attend_all(http)) {
		int ready, running, sleep;
		unsigned cancels;
		end_some(http);
		sleep = resume_throttled(http);
		curl_multi_perform(http->multi, &running);
		collect_results(http);
		cancels = gather_cancels(http);
		curl_multi_poll(http->multi, http->cancels, cancels, sleep, &ready);
	}
	return NULL;
}

bool rdb_http_may_pass(struct rdb_http *http, struct rdb_transfer *transfer, size_t bytes)
{
	double now;

	if (!http->rate)
		return true;
	now = (double)rdb_wait_now();
	if (now < http->free_at) {
		transfer->throttled = true;
		return false;
	}
	http->free_at = now + (double)bytes * 1000 / (double)http->rate;
	return true;
}

/* ---- functions for other threads ---- */

static long kept_links(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur / LINK_SHARE >= KEPT_LINKS)
		return KEPT_LINKS;
	return limit.rlim_cur < LINK_SHARE ? 1 : (long)(limit.rlim_cur / LINK_SHARE);
}

/* The caller holds http->lock. */
static int start_thread(struct rdb_http *http)
{
	int ret;

	http->multi = curl_multi_init();
	if (!http->multi)
		return -ENOMEM;
	curl_multi_setopt(http->multi, CURLMOPT_MAXCONNECTS, kept_links());
	ret = rdb_thread_start(&http->thread, run, http);
	if (ret != 0) {
		curl_multi_cleanup(http->multi);
		http->multi = NULL;
		return ret;
	}
	http->started = true;
	return 0;
}

int rdb_http_post(struct rdb_http *http, struct rdb_transfer *transfer)
{
	int ret = 0;

	pthread_mutex_lock(&http->lock);
	if (!http->started)
		ret = start_thread(http);
	if (ret == 0 && !transfer->in_inbox) {
		TAILQ_INSERT_TAIL(&http->inbox, transfer, inbox_link);
		transfer->in_inbox = true;
	}
	pthread_mutex_unlock(&http->lock);
	if (ret == 0)
		curl_multi_wakeup(http->multi);
	return ret;
}

void rdb_http_forget(struct rdb_http *http, struct rdb_transfer *transfer)
{
	pthread_mutex_lock(&http->lock);
	if (transfer->in_inbox)
		TAILQ_REMOVE(&http->inbox, transfer, inbox_link);
	transfer->in_inbox = false;
	while (http->attending == transfer)
		pthread_cond_wait(&http->attended, &http->lock);
	pthread_mutex_unlock(&http->lock);
}

void rdb_http_rest(struct rdb_http *http)
{
	if (!http->started)
		return;
	pthread_mutex_lock(&http->lock);
	http->stopping = true;
	pthread_mutex_unlock(&http->lock);
	curl_multi_wakeup(http->multi);
	pthread_join(http->thread, NULL);
	curl_multi_cleanup(http->multi);
	http->multi = NULL;
	http->started = http->stopping = false;
}

/* ---- the engine's life ---- */

static void initialise_library(void)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
}

int rdb_http_create(
	const struct rdb_http_options *options, struct rdb_http **out, struct rdb_err *err)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct rdb_http *http;

	if (options->ca_file && access(options->ca_file, R_OK) != 0)
		return rdb_err_set(err, EINVAL, "the certificates in %s: %s", options->ca_file,
			strerror(errno));
	pthread_once(&once, initialise_library);
	http = calloc(1, sizeof(*http));
	if (!http)
		return rdb_err_sys(err, ENOMEM, "HTTP");
	pthread_mutex_init(&http->lock, NULL);
	pthread_cond_init(&http->attended, NULL);
	TAILQ_INIT(&http->inbox);
	TAILQ_INIT(&http->running);
	http->rate = options->rate;
	if (options->ca_file && !(http->ca_file = strdup(options->ca_file))) {
		rdb_http_destroy(http);
		return rdb_err_sys(err, ENOMEM, "HTTP");
	}
	*out = http;
	return 0;
}

void rdb_http_destroy(struct rdb_http *http)
{
	if (!http)
		return;
	rdb_http_rest(http);
	pthread_cond_destroy(&http->attended);
	pthread_mutex_destroy(&http->lock);
	free(http->cancels);
	free(http->ca_file);
	free(http);
}
