#include "base/wait.h"
#include "http/http_private.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

#define DELAY_FIRST 100 /* ms */
#define DELAY_MOST 10000
#define REDIRECTS 5

struct attempts {
	struct rdb_http *http;
	struct rdb_http_request *request;
	size_t window;
	char *redirected; /* address after a redirect; NULL for the address of the request */
	int redirects;
	bool secrets;     /* the current address may receive the secret headers */
	int64_t deadline; /* time in ms at which the whole request ends; INT64_MAX for none */
	int64_t until;    /* time in ms after which no attempt begins; 0 before the first failure */
	int made;
	unsigned delay; /* ms */
};

/* ---- whether and when to try again ---- */

static bool is_passing_status(int status)
{
	return status == 408 || status == 429 ||
	       (status >= 500 && status != 501 && status != 505 && status != 507);
}

static bool never_arrived(const struct rdb_transfer *transfer)
{
	return transfer->code == CURLE_COULDNT_CONNECT ||
	       transfer->code == CURLE_COULDNT_RESOLVE_HOST ||
	       transfer->code == CURLE_COULDNT_RESOLVE_PROXY ||
	       (transfer->code == CURLE_OK && (transfer->status == 429 || transfer->status == 503));
}

static bool is_lost_connection(const struct rdb_transfer *transfer)
{
	switch (transfer->code) {
	case CURLE_COULDNT_CONNECT:
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_RESOLVE_PROXY:
	case CURLE_OPERATION_TIMEDOUT:
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
	case CURLE_GOT_NOTHING:
	case CURLE_PARTIAL_FILE:
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_HTTP2:
	case CURLE_HTTP2_STREAM:
	case CURLE_SEND_FAIL_REWIND:
	case CURLE_UNSUPPORTED_PROTOCOL: /* the answer does not begin with "HTTP/" */
	case CURLE_WEIRD_SERVER_REPLY:
		return true;
	default:
		return false;
	}
}

/* Returns true if the request may be sent again after the failed attempt. An unrepeatable request
 * is sent again only if the server cannot have executed it. */
static bool may_pass(const struct attempts *attempts, const struct rdb_transfer *transfer)
{
	if (transfer->code == RDB_TRANSFER_CANCELLED || transfer->too_large ||
		attempts->request->patience < 0)
		return false;
	if (attempts->request->unrepeatable)
		return never_arrived(transfer);
	if (transfer->code == CURLE_OK && transfer->answered)
		return is_passing_status(transfer->status);
	return transfer->code == CURLE_OK || is_lost_connection(transfer);
}

static unsigned random_up_to(unsigned most)
{
	unsigned number = 0;

	(void)!getrandom(&number, sizeof(number), GRND_NONBLOCK);
	return most ? number % most : 0;
}

/* Returns the delay before the next attempt, in ms. The delay grows with each attempt, is partly
 * random, and is at least the time in the server's header Retry-After. */
static int64_t next_delay(struct attempts *attempts, const struct rdb_transfer *transfer)
{
	curl_off_t asked = 0;
	int64_t delay;

	attempts->delay = attempts->delay ? attempts->delay * 2 : DELAY_FIRST;
	if (attempts->delay > DELAY_MOST)
		attempts->delay = DELAY_MOST;
	delay = attempts->delay / 2 + random_up_to(attempts->delay / 2);
	curl_easy_getinfo(transfer->easy, CURLINFO_RETRY_AFTER, &asked);
	if (asked > INT_MAX / 1000)
		asked = INT_MAX / 1000;
	return asked * 1000 > delay ? asked * 1000 + delay : delay;
}

static void add_words(const struct attempts *attempts, int64_t delay, struct rdb_err *err)
{
	size_t len = err ? strlen(err->text) : 0;

	if (!err)
		return;
	if (delay > DELAY_MOST)
		snprintf(err->text + len, sizeof(err->text) - len, " and asks to wait %lld seconds",
			(long long)(delay / 1000));
	else if (attempts->made > 1)
		snprintf(err->text + len, sizeof(err->text) - len, " (attempt %d)", attempts->made);
}

static int back_off(struct attempts *attempts, const struct rdb_transfer *transfer, int ret,
	struct rdb_err *err)
{
	int patience = attempts->request->patience;
	int64_t now = rdb_wait_now(), delay = next_delay(attempts, transfer);
	struct rdb_wait wait;
	struct pollfd none;

	if (!attempts->until)
		attempts->until = now + (patience ? patience : RDB_HTTP_PATIENCE);
	if (now + delay > attempts->until || now + delay > attempts->deadline) {
		add_words(attempts, delay, err);
		return ret;
	}
	wait = (struct rdb_wait){attempts->request->cancel, now + delay};
	if (rdb_wait_poll(&wait, &none, 0) == -EINTR)
		return rdb_err_set(err, ECANCELED, "cancelled");
	return 0;
}

/* ---- redirects ---- */

static const char *redirect_of(const struct attempts *attempts, const struct rdb_transfer *transfer)
{
	const struct rdb_http_request *request = attempts->request;
	int status = transfer->status;
	char *to = NULL;

	if (transfer->code != CURLE_OK || request->no_redirect ||
		(request->method != RDB_HTTP_GET && request->method != RDB_HTTP_HEAD))
		return NULL;
	if (status != 301 && status != 302 && status != 303 && status != 307 && status != 308)
		return NULL;
	curl_easy_getinfo(transfer->easy, CURLINFO_REDIRECT_URL, &to);
	return to;
}

static bool same_part(CURLU *a, CURLU *b, CURLUPart part)
{
	char *left = NULL, *right = NULL;
	bool same = curl_url_get(a, part, &left, CURLU_DEFAULT_PORT) == CURLUE_OK &&
		    curl_url_get(b, part, &right, CURLU_DEFAULT_PORT) == CURLUE_OK &&
		    strcasecmp(left, right) == 0;

	curl_free(left);
	curl_free(right);
	return same;
}

static bool is_same_server(const char *a, const char *b)
{
	CURLU *left = curl_url(), *right = curl_url();
	bool same = left && right && curl_url_set(left, CURLUPART_URL, a, 0) == CURLUE_OK &&
		    curl_url_set(right, CURLUPART_URL, b, 0) == CURLUE_OK &&
		    same_part(left, right, CURLUPART_SCHEME) &&
		    same_part(left, right, CURLUPART_HOST) &&
		    same_part(left, right, CURLUPART_PORT);

	curl_url_cleanup(left);
	curl_url_cleanup(right);
	return same;
}

static int follow(struct attempts *attempts, const char *to, struct rdb_err *err)
{
	char host[256];

	rdb_http_host(attempts->request->url, host);
	if (strncasecmp(to, "https://", 8) != 0)
		return rdb_err_set(err, EIO,
			"%s redirects to an address that is not https: the redirect is not "
			"followed",
			host);
	if (++attempts->redirects > REDIRECTS)
		return rdb_err_set(err, EIO, "%s: more than %d redirects", host, REDIRECTS);
	free(attempts->redirected);
	attempts->redirected = strdup(to);
	if (!attempts->redirected)
		return rdb_err_sys(err, ENOMEM, "%s", host);
	attempts->secrets = is_same_server(attempts->request->url, to);
	return 0;
}

/* ---- one attempt after the other ---- */

static int start(struct attempts *attempts, struct rdb_transfer **out, struct rdb_err *err)
{
	struct rdb_http_request *request = attempts->request;
	int64_t left = 0;
	int ret = request->prepare ? request->prepare(request, request->prepare_arg, err) : 0;

	if (ret != 0)
		return ret;
	if (attempts->deadline != INT64_MAX) {
		left = attempts->deadline - rdb_wait_now();
		left = left < 1 ? 1 : left > INT_MAX ? INT_MAX : left;
	}
	attempts->made++;
	return rdb_transfer_start(attempts->http, request,
		attempts->redirected ? attempts->redirected : request->url, attempts->secrets,
		attempts->window, (int)left, out, err);
}

static int hand_over(struct rdb_transfer *transfer, struct rdb_http_response *response)
{
	struct rdb_buf body = response->body;

	response->status = transfer->status;
	response->attempts++;
	response->body = transfer->body;
	transfer->body = body;
	rdb_buf_clear(&transfer->body);
	return rdb_http_headers_parse(&transfer->header_bytes, &response->headers);
}

/* Sets *again to true if the caller must send the request again. Before a retry of a failed
 * request, sleeps for the retry delay. Returns 0, or a negative errno if the request has finally
 * failed. */
static int judge(
	struct attempts *attempts, struct rdb_transfer *transfer, bool *again, struct rdb_err *err)
{
	const char *to = redirect_of(attempts, transfer);
	int ret;

	*again = to != NULL;
	if (to)
		return follow(attempts, to, err);
	ret = rdb_transfer_result(transfer, err);
	*again = ret != 0 && may_pass(attempts, transfer);
	return *again ? back_off(attempts, transfer, ret, err) : ret;
}

static int attempt_all(struct attempts *attempts, struct rdb_http_response *response,
	struct rdb_transfer **out, struct rdb_err *err)
{
	bool again = false, ready;
	int ret;

	do {
		rdb_transfer_free(*out);
		*out = NULL;
		ret = start(attempts, out, err);
		if (ret != 0)
			return ret;
		ready = rdb_transfer_wait(*out);
		if (hand_over(*out, response) != 0)
			return rdb_err_sys(err, ENOMEM, "an HTTP answer");
		ret = ready ? 0 : judge(attempts, *out, &again, err);
	} while (ret == 0 && !ready && again);
	return ret;
}

int rdb_http_attempt(struct rdb_http *http, struct rdb_http_request *request, size_t window,
	struct rdb_http_response *response, struct rdb_transfer **out, struct rdb_err *err)
{
	struct attempts attempts = {
		.http = http,
		.request = request,
		.window = window,
		.secrets = true,
		.deadline = request->timeout > 0 ? rdb_wait_now() + request->timeout : INT64_MAX,
	};
	int ret;

	*out = NULL;
	if (strncasecmp(request->url, "http://", 7) != 0 &&
		strncasecmp(request->url, "https://", 8) != 0)
		return rdb_err_set(
			err, EINVAL, "an address does not begin with http:// or https://");
	ret = attempt_all(&attempts, response, out, err);
	free(attempts.redirected);
	return ret;
}

int rdb_http_call(struct rdb_http *http, const struct rdb_http_request *request,
	struct rdb_http_response *response, struct rdb_err *err)
{
	struct rdb_http_request copy = *request;
	struct rdb_transfer *transfer;
	int ret = rdb_http_attempt(http, &copy, 0, response, &transfer, err);

	rdb_transfer_free(transfer);
	return ret;
}
