#include "http/http_private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define CONNECT_MS 10000L
#define HEADERS_MAX 65536 /* limit on the headers of one answer, in bytes */
#define ERROR_BODY_MAX 65536
#define RECEIVE_BUFFER (512L * 1024)
#define SEND_BUFFER (1024L * 1024)

/* ---- receiving: callbacks of the library on the engine's thread ---- */

static bool is_success(int status)
{
	return status >= 200 && status < 300;
}

/* Stores an answer's status when the answer's headers are complete. If the status is at least 200,
 * wakes the threads that wait for the answer. After a lower status, another answer follows. */
static void headers_end(struct rdb_transfer *transfer)
{
	long status = 0;

	curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
	transfer->status = (int)status;
	transfer->answered = status >= 200; /* after 1xx, another answer follows */
	if (transfer->answered)
		pthread_cond_broadcast(&transfer->changed);
}

/* Appends a header line to transfer->header_bytes. Returns false if the headers become too large,
 * or if memory is exhausted. The caller holds transfer->lock. */
static bool keep_header(struct rdb_transfer *transfer, const char *line, size_t len)
{
	/* Remove the previous answer's headers, because a status line begins a new answer. */
	if (len >= 5 && memcmp(line, "HTTP/", 5) == 0)
		rdb_buf_clear(&transfer->header_bytes);
	if (transfer->header_bytes.len + len > HEADERS_MAX) {
		transfer->too_large = true;
		return false;
	}
	return rdb_buf_add(&transfer->header_bytes, line, len) == 0;
}

static size_t on_header(char *line, size_t size, size_t count, void *arg)
{
	struct rdb_transfer *transfer = arg;
	size_t len = size * count;
	bool ok;

	pthread_mutex_lock(&transfer->lock);
	ok = transfer->answered || keep_header(transfer, line, len); /* trailers are ignored */
	if (ok && (len == 0 || line[0] == '\r' || line[0] == '\n'))
		headers_end(transfer);
	pthread_mutex_unlock(&transfer->lock);
	return ok ? len : 0;
}

static bool keep_body(struct rdb_transfer *transfer, const char *data, size_t len)
{
	bool success = is_success(transfer->status);
	size_t max = success ? transfer->body_max : ERROR_BODY_MAX;
	size_t room = max - transfer->body.len;

	if (len > room) {
		transfer->too_large = success;
		if (success)
			return false;
		len = room;
	}
	return rdb_buf_add(&transfer->body, data, len) == 0;
}

static bool is_streamed(const struct rdb_transfer *transfer)
{
	return transfer->streaming && is_success(transfer->status);
}

static bool is_full(const struct rdb_transfer *transfer, size_t len)
{
	const struct rdb_ring *ring = &transfer->ring;

	return is_streamed(transfer) && ring->len > 0 && len > ring->size - ring->len;
}

static bool put(struct rdb_transfer *transfer, const char *data, size_t len)
{
	/* Grow the empty ring buffer if the received bytes would otherwise never fit. */
	if (transfer->ring.len == 0 && rdb_ring_grow(&transfer->ring, len) != 0)
		return false;
	return rdb_ring_put(&transfer->ring, data, len);
}

static size_t on_body(char *data, size_t size, size_t count, void *arg)
{
	struct rdb_transfer *transfer = arg;
	size_t len = size * count, ret;

	pthread_mutex_lock(&transfer->lock);
	if (is_full(transfer, len)) {
		transfer->full = true;
		ret = CURL_WRITEFUNC_PAUSE;
	} else if (!rdb_http_may_pass(transfer->http, transfer, len)) {
		ret = CURL_WRITEFUNC_PAUSE;
	} else if (is_streamed(transfer)) {
		ret = put(transfer, data, len) ? len : 0;
		pthread_cond_broadcast(&transfer->changed);
	} else {
		ret = keep_body(transfer, data, len) ? len : 0;
	}
	pthread_mutex_unlock(&transfer->lock);
	return ret;
}

/* ---- sending ---- */

static size_t on_send(char *buf, size_t size, size_t count, void *arg)
{
	struct rdb_transfer *transfer = arg;
	const struct rdb_http_request *request = transfer->request;
	size_t room = size * count, left = request->body_len - transfer->sent;
	size_t len = room < left ? room : left;

	if (len == 0)
		return 0;
	if (!rdb_http_may_pass(transfer->http, transfer, len))
		return CURL_READFUNC_PAUSE;
	memcpy(buf, (const char *)request->body + transfer->sent, len);
	transfer->sent += len;
	return len;
}

/* Sets the position in the request's body at which libcurl reads next. libcurl calls on_seek()
 * before sending the body again, for example because the server has closed a reused connection. */
static int on_seek(void *arg, curl_off_t offset, int origin)
{
	struct rdb_transfer *transfer = arg;

	if (origin != SEEK_SET || offset < 0 || (uint64_t)offset > transfer->request->body_len)
		return CURL_SEEKFUNC_FAIL;
	transfer->sent = (size_t)offset;
	return CURL_SEEKFUNC_OK;
}

/* ---- starting a transfer ---- */

#define SET(option, value) (ret = ret ? ret : (int)curl_easy_setopt(easy, option, value))

static int set_method(struct rdb_transfer *transfer)
{
	const struct rdb_http_request *request = transfer->request;
	CURL *easy = transfer->easy;
	curl_off_t len = (curl_off_t)request->body_len;
	int ret = 0;

	switch (request->method) {
	case RDB_HTTP_GET:
		return SET(CURLOPT_HTTPGET, 1L);
	case RDB_HTTP_HEAD:
		return SET(CURLOPT_NOBODY, 1L);
	case RDB_HTTP_DELETE:
		return SET(CURLOPT_CUSTOMREQUEST, "DELETE");
	case RDB_HTTP_PUT:
		SET(CURLOPT_UPLOAD, 1L);
		SET(CURLOPT_INFILESIZE_LARGE, len);
		break;
	case RDB_HTTP_POST:
		SET(CURLOPT_POST, 1L);
		SET(CURLOPT_POSTFIELDSIZE_LARGE, len);
		break;
	}
	SET(CURLOPT_READFUNCTION, on_send);
	SET(CURLOPT_READDATA, transfer);
	SET(CURLOPT_SEEKFUNCTION, on_seek);
	SET(CURLOPT_SEEKDATA, transfer);
	SET(CURLOPT_UPLOAD_BUFFERSIZE, SEND_BUFFER);
	return ret;
}

static int set_protocols(CURL *easy)
{
	int ret = 0;

#if LIBCURL_VERSION_NUM >= 0x075500
	SET(CURLOPT_PROTOCOLS_STR, "http,https");
#else
	SET(CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
	SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	return ret;
}

/* Sets the transfer's options for the connection, such as the HTTP version, timeouts and buffer
 * sizes. Streaming uses HTTP/1.1, because libcurl would buffer up to 32 MiB of unread bytes with
 * HTTP/2. */
static int set_connection(struct rdb_transfer *transfer)
{
	const struct rdb_http *http = transfer->http;
	const struct rdb_http_request *request = transfer->request;
	CURL *easy = transfer->easy;
	int ret = set_protocols(easy);

	SET(CURLOPT_HTTP_VERSION,
		(long)(transfer->streaming ? CURL_HTTP_VERSION_1_1 : CURL_HTTP_VERSION_2TLS));
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
	SET(CURLOPT_TCP_KEEPALIVE, 1L);
	SET(CURLOPT_BUFFERSIZE, RECEIVE_BUFFER);
	SET(CURLOPT_USERAGENT, "rdbfs/" RDBFS_VERSION);
	if (request->unrepeatable) /* otherwise libcurl may send the request twice */
		SET(CURLOPT_FRESH_CONNECT, 1L);
	if (http->ca_file)
		SET(CURLOPT_CAINFO, http->ca_file);
	if (request->direct)
		SET(CURLOPT_PROXY, "");
	return ret;
}

/* Opens a socket for libcurl. If the socket cannot be opened, stores the errno in the transfer,
 * because libcurl does not report the errno. */
static curl_socket_t on_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct rdb_transfer *transfer = arg;
	int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);

	(void)purpose;
	transfer->socket_error = fd < 0 ? errno : 0;
	return fd;
}

static int set_callbacks(struct rdb_transfer *transfer)
{
	CURL *easy = transfer->easy;
	int ret = 0;

	SET(CURLOPT_PRIVATE, transfer);
	SET(CURLOPT_ERRORBUFFER, transfer->words);
	SET(CURLOPT_HEADERFUNCTION, on_header);
	SET(CURLOPT_HEADERDATA, transfer);
	SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	SET(CURLOPT_WRITEFUNCTION, on_body);
	SET(CURLOPT_WRITEDATA, transfer);
	SET(CURLOPT_OPENSOCKETFUNCTION, on_socket);
	SET(CURLOPT_OPENSOCKETDATA, transfer);
	SET(CURLOPT_HTTPHEADER, transfer->headers);
	return ret;
}

static int add_header(struct rdb_transfer *transfer, const char *line)
{
	struct curl_slist *more = curl_slist_append(transfer->headers, line);

	if (!more)
		return -ENOMEM;
	transfer->headers = more;
	return 0;
}

static int add_headers(struct rdb_transfer *transfer, const char *const *lines)
{
	int ret = 0;

	for (; lines && *lines && ret == 0; lines++)
		ret = add_header(transfer, *lines);
	return ret;
}

/* Sets the headers and the options of the transfer for a request to "url". The empty header
 * "Expect:" avoids a wait of up to a second for the server's permission to send a body. */
static int prepare(struct rdb_transfer *transfer, const char *url, bool secrets, long timeout)
{
	CURL *easy = transfer->easy;
	int ret = add_header(transfer, "Expect:");

	if (ret == 0)
		ret = add_headers(transfer, transfer->request->headers);
	if (ret == 0 && secrets)
		ret = add_headers(transfer, transfer->request->secrets);
	if (ret != 0)
		return ret;
	ret = set_callbacks(transfer);
	ret = ret ? ret : set_method(transfer);
	ret = ret ? ret : set_connection(transfer);
	SET(CURLOPT_URL, url);
	SET(CURLOPT_PATH_AS_IS, 1L);
	SET(CURLOPT_TIMEOUT_MS, timeout);
	return ret ? -ENOMEM : 0;
}

/* Frees the transfer. The engine must not know the transfer: either the transfer was never handed
 * to the engine, or the engine has removed the transfer. */
static void release(struct rdb_transfer *transfer)
{
	curl_easy_cleanup(transfer->easy);
	curl_slist_free_all(transfer->headers);
	rdb_buf_free(&transfer->header_bytes);
	rdb_buf_free(&transfer->body);
	rdb_ring_free(&transfer->ring);
	pthread_cond_destroy(&transfer->changed);
	pthread_mutex_destroy(&transfer->lock);
	free(transfer);
}

static struct rdb_transfer *transfer_create(
	struct rdb_http *http, const struct rdb_http_request *request, size_t window)
{
	struct rdb_transfer *transfer = calloc(1, sizeof(*transfer));

	if (!transfer)
		return NULL;
	transfer->http = http;
	transfer->request = request;
	transfer->streaming = window > 0;
	transfer->body_max = request->body_max ? request->body_max : RDB_HTTP_BODY_MAX;
	pthread_mutex_init(&transfer->lock, NULL);
	pthread_cond_init(&transfer->changed, NULL);
	transfer->easy = curl_easy_init();
	if (!transfer->easy || rdb_ring_grow(&transfer->ring, window) != 0) {
		release(transfer);
		return NULL;
	}
	return transfer;
}

int rdb_transfer_start(struct rdb_http *http, const struct rdb_http_request *request,
	const char *url, bool secrets, size_t window, int timeout, struct rdb_transfer **out,
	struct rdb_err *err)
{
	struct rdb_transfer *transfer = transfer_create(http, request, window);
	int ret = transfer ? prepare(transfer, url, secrets, timeout) : -ENOMEM;

	if (ret == 0) {
		rdb_http_host(url, transfer->host);
		ret = rdb_http_post(http, transfer);
	}
	if (ret != 0) {
		if (transfer)
			release(transfer);
		return rdb_err_sys(err, -ret, "an HTTP request");
	}
	*out = transfer;
	return 0;
}

/* ---- ending and freeing a transfer ---- */

static bool is_ready(const struct rdb_transfer *transfer)
{
	return transfer->streaming && transfer->answered && is_success(transfer->status);
}

bool rdb_transfer_wait(struct rdb_transfer *transfer)
{
	bool ready;

	pthread_mutex_lock(&transfer->lock);
	while (transfer->state != RDB_TRANSFER_ENDED && !is_ready(transfer))
		pthread_cond_wait(&transfer->changed, &transfer->lock);
	ready = is_ready(transfer);
	pthread_mutex_unlock(&transfer->lock);
	return ready;
}

static curl_off_t moved_bytes(struct rdb_transfer *transfer)
{
	curl_off_t up = 0, down = 0;
	long headers = 0;

	curl_easy_getinfo(transfer->easy, CURLINFO_SIZE_UPLOAD_T, &up);
	curl_easy_getinfo(transfer->easy, CURLINFO_SIZE_DOWNLOAD_T, &down);
	curl_easy_getinfo(transfer->easy, CURLINFO_HEADER_SIZE, &headers);
	return up + down + headers;
}

bool rdb_transfer_stalls(struct rdb_transfer *transfer, int64_t now)
{
	int stall = transfer->request->stall ? transfer->request->stall : RDB_HTTP_STALL;
	curl_off_t moved = moved_bytes(transfer);
	bool full;

	pthread_mutex_lock(&transfer->lock);
	full = transfer->full;
	pthread_mutex_unlock(&transfer->lock);
	if (full || transfer->throttled || moved != transfer->moved || !transfer->moved_at) {
		transfer->moved = moved;
		transfer->moved_at = now;
	}
	if (now - transfer->moved_at < stall)
		return false;
	snprintf(transfer->words, sizeof(transfer->words), "no byte for %d seconds", stall / 1000);
	return true;
}

void rdb_transfer_ended(struct rdb_transfer *transfer, CURLcode code)
{
	long error = 0;

	curl_easy_getinfo(transfer->easy, CURLINFO_OS_ERRNO, &error);
	pthread_mutex_lock(&transfer->lock);
	transfer->code = code;
	transfer->os_error = error ? error : transfer->socket_error;
	transfer->state = RDB_TRANSFER_ENDED;
	pthread_cond_broadcast(&transfer->changed);
	pthread_mutex_unlock(&transfer->lock);
}

static void call_off(struct rdb_transfer *transfer)
{
	pthread_mutex_lock(&transfer->lock);
	transfer->end_wanted = true;
	pthread_mutex_unlock(&transfer->lock);
	rdb_http_post(transfer->http, transfer);
	pthread_mutex_lock(&transfer->lock);
	while (transfer->state != RDB_TRANSFER_ENDED)
		pthread_cond_wait(&transfer->changed, &transfer->lock);
	pthread_mutex_unlock(&transfer->lock);
}

void rdb_transfer_free(struct rdb_transfer *transfer)
{
	if (!transfer)
		return;
	call_off(transfer);
	rdb_http_forget(transfer->http, transfer);
	release(transfer);
}
