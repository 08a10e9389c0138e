#include "http/http.h"

#include "base/wait.h"
#include "unit/check.h"
#include "unit/descriptors.h"
#include "unit/http_server.h"
#include "unit/port.h"

#include <errno.h>
#include <pthread.h>

static struct http_server plain, tls;
static struct rdb_http *http;

static char *url(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Address on the plain server; overwritten by the next call. */
static char *url(const char *fmt, ...)
{
	static char text[2048];
	va_list args;
	int used = snprintf(text, sizeof(text), "http://%s/", plain.address);

	va_start(args, fmt);
	vsnprintf(text + used, sizeof(text) - (size_t)used, fmt, args);
	va_end(args);
	return text;
}

/* Makes a request and discards the answer. */
static int call(const struct rdb_http_request *request, struct rdb_err *err)
{
	struct rdb_http_response response = {0};
	int ret = rdb_http_call(http, request, &response, err);

	rdb_http_response_free(&response);
	return ret;
}

static int get(const char *address, int patience)
{
	struct rdb_http_request request = {.url = address, .patience = patience};
	struct rdb_err err;

	return call(&request, &err);
}

static int asked(const char *key)
{
	struct rdb_http_response response = {0};
	struct rdb_http_request request = {.url = url("?count=%s", key)};
	int count = -1;

	if (rdb_http_call(http, &request, &response, NULL) == 0)
		count = atoi(rdb_buf_cstr(&response.body));
	rdb_http_response_free(&response);
	return count;
}

static char pattern(size_t i)
{
	i %= 65536;
	return (char)(i * 7 + i / 256);
}

static bool is_pattern(const char *data, size_t len, size_t from)
{
	for (size_t i = 0; i < len; i++)
		if (data[i] != pattern(from + i))
			return false;
	return true;
}

static bool contains(const struct rdb_http_response *response, const char *text)
{
	return memmem(response->body.data, response->body.len, text, strlen(text)) != NULL;
}

/* ---- answers ---- */

static void body_and_headers(void)
{
	struct rdb_http_response response = {0};
	struct rdb_http_request request = {.url = url("a?body=300000")};
	struct rdb_err err;

	REQUIRE(rdb_http_call(http, &request, &response, &err) == 0);
	CHECK_INT(response.status, 200);
	CHECK_INT(response.body.len, 300000);
	CHECK(is_pattern(response.body.data, response.body.len, 0));
	CHECK_STR(rdb_http_header(&response, "content-length"), "300000");
	CHECK_STR(rdb_http_header(&response, "X-Method"), "GET");
	CHECK(!rdb_http_header(&response, "HTTP/1.1 200 OK"));
	CHECK(!rdb_http_header(&response, "x-none"));
	rdb_http_response_free(&response);
}

static void methods_and_headers_are_sent(void)
{
	static const char *const headers[] = {"X-Mine: 1", "Content-Type: text/plain", NULL};
	static const char *const secrets[] = {"Authorization: word", NULL};
	struct rdb_http_response response = {0};
	struct rdb_http_request request = {
		.headers = headers, .secrets = secrets, .body = "hello", .body_len = 5};

	request.method = RDB_HTTP_PUT;
	request.url = url("put?echo=1");
	REQUIRE(rdb_http_call(http, &request, &response, NULL) == 0);
	CHECK(contains(&response, "\"method\": \"PUT\""));
	CHECK(contains(
		&response, "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"));
	CHECK(contains(&response, "\"x-mine\": \"1\""));
	CHECK(contains(&response, "\"authorization\": \"word\""));
	CHECK(!contains(&response, "expect"));
	request.method = RDB_HTTP_POST;
	REQUIRE(rdb_http_call(http, &request, &response, NULL) == 0);
	CHECK(contains(&response, "\"method\": \"POST\""));
	CHECK(contains(&response, "\"length\": 5"));
	CHECK(contains(&response, "\"content-type\": \"text/plain\""));
	request.method = RDB_HTTP_DELETE;
	REQUIRE(rdb_http_call(http, &request, &response, NULL) == 0);
	CHECK(contains(&response, "\"method\": \"DELETE\""));
	request.method = RDB_HTTP_HEAD;
	REQUIRE(rdb_http_call(http, &request, &response, NULL) == 0);
	CHECK_STR(rdb_http_header(&response, "x-method"), "HEAD");
	CHECK_INT(response.body.len, 0);
	request.method = RDB_HTTP_GET;
	request.url = url("a/../b/./c?echo=1");
	REQUIRE(rdb_http_call(http, &request, &response, NULL) == 0);
	CHECK(contains(&response, "/a/../b/./c"));
	rdb_http_response_free(&response);
}

static void statuses_become_errors(void)
{
	static const struct {
		int status, code;
	} all[] = {{204, 0}, {206, 0}, {302, EIO}, {400, EIO}, {401, EACCES}, {403, EACCES},
		{404, ENOENT}, {410, ENOENT}, {409, EEXIST}, {412, ESTALE}, {416, ERANGE},
		{418, EIO}, {500, EIO}, {501, EIO}, {503, EIO}, {507, ENOSPC}};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		struct rdb_http_request request = {
			.url = url("?status=%d", all[i].status), .patience = -1};
		struct rdb_err err = {0};
		char number[8];
		CHECK_INT(call(&request, &err), -all[i].code);
		snprintf(number, sizeof(number), "%d", all[i].status);
		CHECK(all[i].code == 0 || strstr(err.text, number));
	}
}

static void error_keeps_its_body(void)
{
	struct rdb_http_response response = {0};
	struct rdb_http_request request = {.url = url("?status=404&body=100000")};

	CHECK_INT(rdb_http_call(http, &request, &response, NULL), -ENOENT);
	CHECK_INT(response.status, 404);
	CHECK_INT(response.body.len, 65536);
	CHECK(is_pattern(response.body.data, response.body.len, 0));
	rdb_http_response_free(&response);
}

static void large_bodies_are_refused(void)
{
	struct rdb_http_request request = {.url = url("?body=1001"), .body_max = 1000};
	struct rdb_err err = {0};

	CHECK_INT(call(&request, &err), -EIO);
	CHECK(strstr(err.text, "larger"));
	request.url = url("?body=1000");
	CHECK_INT(call(&request, NULL), 0);
	CHECK_INT(get(url("?body=1048577"), -1), -EIO);
	CHECK_INT(get(url("?header=70000"), -1), -EIO);
	CHECK_INT(get(url("?headers=70"), -1), -EIO);
	CHECK_INT(get(url("?headers=50"), -1), 0);
}

static void malformed_answers_are_errors(void)
{
	CHECK_INT(get(url("?raw=00"), -1), -EIO);
	CHECK_INT(get(url("?raw=0d0a0d0a"), -1), -EIO);
	CHECK_INT(get(url("?raw=485454502f312e3120786f0d0a0d0a"), -1), -EIO);
	CHECK_INT(get("ftp://127.0.0.1/", -1), -EINVAL);
	CHECK_INT(get("http://", -1), -EINVAL);
	CHECK_INT(get("file:///etc/passwd", -1), -EINVAL);
}

/* ---- failures that pass ---- */

static void passing_statuses(void)
{
	static const int passing[] = {408, 429, 500, 502, 503, 504, 520};
	static const int lasting[] = {400, 403, 404, 412, 501, 505, 507};

	for (size_t i = 0; i < sizeof(passing) / sizeof(passing[0]); i++) {
		char key[16];
		snprintf(key, sizeof(key), "passing%d", passing[i]);
		CHECK_INT(get(url("?status=%d&times=2&key=%s", passing[i], key), 0), 0);
		CHECK_INT(asked(key), 3);
	}
	for (size_t i = 0; i < sizeof(lasting) / sizeof(lasting[0]); i++) {
		char key[16];
		snprintf(key, sizeof(key), "lasting%d", lasting[i]);
		CHECK(get(url("?status=%d&times=2&key=%s", lasting[i], key), 0) < 0);
		CHECK_INT(asked(key), 1);
	}
}

static void patience_ends(void)
{
	struct rdb_http_request request = {.url = url("?status=503&key=patience"), .patience = 300};
	struct rdb_err err = {0};

	CHECK_INT(call(&request, &err), -EIO);
	CHECK(strstr(err.text, "503 (Words Of The Server)"));
	CHECK(asked("patience") > 1);
	CHECK_INT(get(url("?status=503&key=once"), -1), -EIO);
	CHECK_INT(asked("once"), 1);
}

static void retry_after_is_obeyed(void)
{
	struct rdb_http_request request = {
		.url = url("?status=503&retry_after=1&times=1&key=after")};
	int64_t before = rdb_wait_now();
	struct rdb_err err = {0};

	CHECK_INT(call(&request, &err), 0);
	CHECK(rdb_wait_now() - before >= 1000);
	request.url = url("?status=429&retry_after=3600&key=hour");
	CHECK_INT(call(&request, &err), -EIO);
	CHECK(strstr(err.text, "asks to wait 3600 seconds"));
	CHECK_INT(asked("hour"), 1);
}

/* Connections that are cut at each byte of a short answer. */
static void cut_answers_are_retried(void)
{
	for (int at = 0; at < 155; at += 3) {
		char key[16];
		snprintf(key, sizeof(key), "cut%d", at);
		CHECK_INT(get(url("?body=100&cut=%d&times=1&key=%s", at, key), 0), 0);
		CHECK_INT(asked(key), 2);
	}
	CHECK_INT(get(url("?body=100000&cut=50000&key=never"), -1), -EIO);
	CHECK_INT(get(url("?body=100&length=101"), -1), -EIO);
}

static void stalled_answers_are_retried(void)
{
	struct rdb_http_request request = {
		.url = url("?body=1000&stall=500&times=1&key=stall"), .stall = 1000};

	CHECK_INT(call(&request, NULL), 0);
	CHECK_INT(asked("stall"), 2);
	request.url = url("?body=1000&stall=500");
	request.patience = -1;
	CHECK_INT(call(&request, NULL), -ETIMEDOUT);
}

static void timeout(void)
{
	struct rdb_http_request request = {.url = url("?stall=0"), .timeout = 300};
	struct rdb_err err = {0};

	CHECK_INT(call(&request, &err), -ETIMEDOUT);
}

static void no_server(void)
{
	char where[PORT_WHERE], address[64];
	int port = take_port(where);

	snprintf(address, sizeof(address), "http://%s/", where);
	CHECK_INT(get(address, 300), -ECONNREFUSED);
	CHECK_INT(get("http://no-such-host.invalid/", -1), -EHOSTUNREACH);
	close(port);
}

/* A request with side effects is not repeated if it may have arrived. */
static void unrepeatable(void)
{
	struct rdb_http_request request = {.method = RDB_HTTP_POST, .unrepeatable = true};

	request.url = url("?status=500&times=1&key=post500");
	CHECK_INT(call(&request, NULL), -EIO);
	CHECK_INT(asked("post500"), 1);
	request.url = url("?cut=5&times=1&key=postcut");
	CHECK_INT(call(&request, NULL), -EIO);
	CHECK_INT(asked("postcut"), 1);
	request.url = url("?status=503&times=1&key=post503");
	CHECK_INT(call(&request, NULL), 0);
	CHECK_INT(asked("post503"), 2);
}

/* A repeated upload sends its body from the start. */
static void upload_is_repeated(void)
{
	static char body[3000000];
	struct rdb_http_response response = {0};
	struct rdb_http_request request = {.method = RDB_HTTP_PUT,
		.body = body,
		.body_len = sizeof(body),
		.url = url("?echo=1&status=500&times=2&key=again")};

	memset(body, 'a', sizeof(body));
	REQUIRE(rdb_http_call(http, &request, &response, NULL) == 0);
	CHECK(contains(&response, "\"length\": 3000000"));
	CHECK(contains(
		&response, "2a152c894398719c0570f83fac34ac03a0f6e8e474b995c2403aa5434f7b9dd4"));
	rdb_http_response_free(&response);
}

static int count_attempt(struct rdb_http_request *request, void *arg, struct rdb_err *err)
{
	int *count = arg;

	(void)request;
	return ++*count == 3 ? rdb_err_set(err, EPERM, "no more") : 0;
}

static void prepared_each_time(void)
{
	int count = 0;
	struct rdb_http_request request = {.url = url("?status=503&key=prepared"),
		.prepare = count_attempt,
		.prepare_arg = &count};
	struct rdb_err err = {0};

	CHECK_INT(call(&request, &err), -EPERM);
	CHECK_STR(err.text, "no more");
	CHECK_INT(asked("prepared"), 2);
}

/* ---- cancelling ---- */

struct cancelling {
	struct rdb_cancel cancel;
	const char *key;
};

/* Cancels once the server has received the request. */
static void *cancel_soon(void *arg)
{
	struct cancelling *cancelling = arg;
	struct rdb_http_response response = {0};
	char address[256];
	struct rdb_http_request request = {.url = address};
	int count = 0;

	snprintf(address, sizeof(address), "http://%s/?count=%s", plain.address, cancelling->key);
	while (count == 0 && rdb_http_call(http, &request, &response, NULL) == 0)
		count = atoi(rdb_buf_cstr(&response.body));
	rdb_http_response_free(&response);
	rdb_cancel_fire(&cancelling->cancel);
	return NULL;
}

static void cancelled(void)
{
	static const char *const what[] = {"?stall=0&key=c0", "?status=503&retry_after=30&key=c1",
		"?body=1000&stall=300&key=c2"};
	static const char *const keys[] = {"c0", "c1", "c2"};

	for (int i = 0; i < 3; i++) {
		struct cancelling cancelling = {.key = keys[i]};
		struct rdb_http_request request = {
			.url = url("%s", what[i]), .cancel = &cancelling.cancel};
		pthread_t thread;
		struct rdb_err err;
		REQUIRE(rdb_cancel_init(&cancelling.cancel) == 0);
		REQUIRE(pthread_create(&thread, NULL, cancel_soon, &cancelling) == 0);
		CHECK_INT(call(&request, &err), -ECANCELED);
		pthread_join(thread, NULL);
		CHECK_INT(call(&request, &err), -ECANCELED);
		rdb_cancel_destroy(&cancelling.cancel);
	}
}

/* ---- TLS, redirects, proxies ---- */

static struct rdb_http *trusting(void)
{
	struct rdb_http_options options = {.ca_file = http_certificate};
	struct rdb_http *out = NULL;

	REQUIRE(rdb_http_create(&options, &out, NULL) == 0);
	return out;
}

static void certificates(void)
{
	struct rdb_http_options options = {.ca_file = "/nowhere/at-all.pem"};
	struct rdb_http_response response = {0};
	char address[64];
	struct rdb_http_request request = {.url = address, .patience = -1};
	struct rdb_http *other = NULL;
	struct rdb_err err = {0};

	snprintf(address, sizeof(address), "https://%s/?body=5", tls.address);
	CHECK_INT(rdb_http_create(&options, &other, &err), -EINVAL);
	CHECK(strstr(err.text, "/nowhere/at-all.pem"));
	CHECK_INT(call(&request, &err), -EKEYREJECTED);
	other = trusting();
	CHECK_INT(rdb_http_call(other, &request, &response, &err), 0);
	CHECK_INT(response.body.len, 5);
	snprintf(address, sizeof(address), "https://localhost:%s/", strchr(tls.address, ':') + 1);
	CHECK_INT(rdb_http_call(other, &request, &response, &err), -EKEYREJECTED);
	rdb_http_response_free(&response);
	rdb_http_destroy(other);
}

static void redirects(void)
{
	static const char *const secrets[] = {
		"Authorization: word", "X-Amz-Security-Token: t", NULL};
	static const char *const headers[] = {"X-Open: 1", NULL};
	struct rdb_http *other = trusting();
	struct rdb_http_response response = {0};
	char address[512];
	struct rdb_http_request request = {
		.url = address, .secrets = secrets, .headers = headers, .patience = -1};
	struct rdb_err err = {0};

	snprintf(address, sizeof(address),
		"http://%s/?status=302&location=https%%3A//%s/there%%3Fecho=1", plain.address,
		tls.address);
	REQUIRE(rdb_http_call(other, &request, &response, &err) == 0);
	CHECK(contains(&response, "/there"));
	CHECK(contains(&response, "x-open"));
	CHECK(!contains(&response, "authorization"));
	CHECK(!contains(&response, "x-amz-security-token"));
	snprintf(address, sizeof(address), "https://%s/?status=307&location=/there%%3Fecho=1",
		tls.address);
	REQUIRE(rdb_http_call(other, &request, &response, &err) == 0);
	CHECK(contains(&response, "authorization"));
	snprintf(address, sizeof(address),
		"https://%s/?status=301&location=http%%3A//%s/%%3Fecho=1", tls.address,
		plain.address);
	CHECK_INT(rdb_http_call(other, &request, &response, &err), -EIO);
	CHECK(strstr(err.text, "not https"));
	snprintf(address, sizeof(address),
		"https://%s/?status=301&location=/%%3Fstatus=301%%26location=/%%253Fx",
		tls.address);
	request.no_redirect = true;
	CHECK_INT(rdb_http_call(other, &request, &response, &err), -EIO);
	CHECK_INT(response.status, 301);
	request.no_redirect = false;
	request.method = RDB_HTTP_PUT;
	CHECK_INT(rdb_http_call(other, &request, &response, &err), -EIO);
	CHECK_INT(response.status, 301);
	rdb_http_response_free(&response);
	rdb_http_destroy(other);
}

static void redirects_end(void)
{
	struct rdb_http *other = trusting();
	struct rdb_http_response response = {0};
	char address[512];
	struct rdb_http_request request = {.url = address};
	struct rdb_err err = {0};

	snprintf(address, sizeof(address), "https://%s/loop", tls.address);
	CHECK_INT(rdb_http_call(other, &request, &response, &err), -EIO);
	CHECK(strstr(err.text, "5 redirects"));
	rdb_http_response_free(&response);
	rdb_http_destroy(other);
}

static void proxy(void)
{
	char address[64];
	struct rdb_http_options options = {0};
	struct rdb_http_response response = {0};
	struct rdb_http_request request = {.url = "http://far.invalid/x?echo=1"};
	struct rdb_http *other = NULL;

	snprintf(address, sizeof(address), "http://%s", plain.address);
	REQUIRE(setenv("http_proxy", address, 1) == 0);
	REQUIRE(rdb_http_create(&options, &other, NULL) == 0);
	REQUIRE(rdb_http_call(other, &request, &response, NULL) == 0);
	CHECK(contains(&response, "http://far.invalid/x"));
	request.direct = true;
	request.patience = -1;
	CHECK_INT(rdb_http_call(other, &request, &response, NULL), -EHOSTUNREACH);
	rdb_http_response_free(&response);
	rdb_http_destroy(other);
	unsetenv("http_proxy");
}

/* ---- streams ---- */

static struct rdb_http_stream *open_stream(const char *address, size_t window, int *ret)
{
	struct rdb_http_request request = {.url = address};
	struct rdb_http_response response = {0};
	struct rdb_http_stream *stream = NULL;
	struct rdb_err err;

	*ret = rdb_http_stream_open(http, &request, window, &response, &stream, &err);
	rdb_http_response_free(&response);
	return stream;
}

/* Reads to the end; returns the number of bytes, or the error. */
static ssize_t drain(struct rdb_http_stream *stream, size_t piece)
{
	static char buf[1 << 20];
	struct rdb_err err;
	size_t done = 0;
	ssize_t n;

	while ((n = rdb_http_stream_read(stream, buf, piece, &err)) > 0) {
		CHECK(is_pattern(buf, (size_t)n, done));
		done += (size_t)n;
	}
	return n < 0 ? n : (ssize_t)done;
}

static void stream_to_the_end(void)
{
	static const size_t windows[] = {1, 4096, 65536, 1 << 20};

	for (size_t i = 0; i < 4; i++) {
		int ret;
		struct rdb_http_stream *stream =
			open_stream(url("?body=5000000"), windows[i], &ret);
		REQUIRE(ret == 0);
		CHECK_INT(drain(stream, 70001), 5000000);
		rdb_http_stream_close(stream);
	}
}

static void stream_is_given_up(void)
{
	char byte;
	int ret;

	for (int i = 0; i < 20; i++) {
		struct rdb_http_stream *stream = open_stream(url("?body=5000000"), 65536, &ret);
		REQUIRE(ret == 0);
		if (i % 2)
			CHECK_INT(rdb_http_stream_read(stream, &byte, 1, NULL), 1);
		rdb_http_stream_close(stream);
	}
}

/* Unread data stays at the server: its count of sent bytes is limited by the window and the
 * kernel's buffers, so that a much larger body is never sent completely. */
static void stream_waits_for_its_reader(void)
{
	int ret;
	struct rdb_http_stream *stream = open_stream(url("?body=30000000"), 65536, &ret);

	REQUIRE(ret == 0);
	for (int i = 0; i < 50; i++)
		CHECK_INT(get(url("?body=10"), 0), 0); /* other requests proceed meanwhile */
	CHECK_INT(rdb_http_stream_widen(stream, 1 << 20), 0);
	CHECK_INT(drain(stream, 1 << 20), 30000000);
	rdb_http_stream_close(stream);
}

static void stream_fails(void)
{
	struct rdb_http_stream *stream;
	int ret;

	stream = open_stream(url("?body=1000000&cut=500000"), 65536, &ret);
	REQUIRE(ret == 0);
	CHECK_INT(drain(stream, 1000), -EIO);
	CHECK_INT(drain(stream, 1000), -EIO);
	rdb_http_stream_close(stream);
	CHECK(!open_stream(url("?status=404"), 65536, &ret));
	CHECK_INT(ret, -ENOENT);
	stream = open_stream(url("?body=1000&status=503&times=2&key=stream"), 65536, &ret);
	CHECK_INT(ret, 0);
	CHECK_INT(drain(stream, 1000), 1000);
	rdb_http_stream_close(stream);
}

/* ---- the engine ---- */

static void *many_calls(void *arg)
{
	struct rdb_http_response response = {0};
	char address[128];
	struct rdb_http_request request = {.url = address};
	int *failed = arg;

	for (int i = 0; i < 10; i++) {
		snprintf(address, sizeof(address), "http://%s/?body=%d", plain.address, 1000 + i);
		if (rdb_http_call(http, &request, &response, NULL) != 0 ||
			response.body.len != 1000 + (size_t)i)
			++*failed;
	}
	rdb_http_response_free(&response);
	return NULL;
}

static void many_threads(void)
{
	pthread_t threads[24];
	int failed[24] = {0};

	for (int i = 0; i < 24; i++)
		REQUIRE(pthread_create(&threads[i], NULL, many_calls, &failed[i]) == 0);
	for (int i = 0; i < 24; i++) {
		pthread_join(threads[i], NULL);
		CHECK_INT(failed[i], 0);
	}
}

static void rest_and_fork(void)
{
	int status;
	pid_t child;

	CHECK_INT(get(url("?body=10"), 0), 0);
	rdb_http_rest(http);
	rdb_http_rest(http);
	child = fork();
	REQUIRE(child >= 0);
	if (child == 0)
		_exit(get(url("?body=10"), 0) == 0 ? 0 : 1);
	REQUIRE(waitpid(child, &status, 0) == child);
	CHECK_INT(status, 0);
	CHECK_INT(get(url("?body=10"), 0), 0);
}

/* Idle connections leave descriptors for other things. */
static void idle_connections_free_descriptors(void)
{
	struct descriptors descriptors;
	int before;

	rdb_http_rest(http);
	before = descriptors_open();
	descriptors_limit(&descriptors, DESCRIPTORS);
	many_threads();
	CHECK(descriptors_open() - before <= DESCRIPTORS / 16 + 2); /* 2: to wake the engine */
	descriptors_restore(&descriptors);
	rdb_http_rest(http);
}

static void no_descriptor(void)
{
	struct rdb_http_response response = {0};
	struct rdb_http_request request = {.url = url("?body=10"), .patience = -1};
	struct rdb_err why = {0};
	struct descriptors descriptors;

	rdb_http_rest(http);
	descriptors_limit(&descriptors, DESCRIPTORS);
	descriptors_use_up(&descriptors);
	CHECK_INT(rdb_http_call(http, &request, &response, &why), -EMFILE);
	CHECK(strstr(why.text, strerror(EMFILE)));
	descriptors_restore(&descriptors);
	CHECK_INT(rdb_http_call(http, &request, &response, &why), 0);
	rdb_http_response_free(&response);
	rdb_http_rest(http);
}

static void rate_is_limited(void)
{
	static char body[500000];
	struct rdb_http_options options = {.rate = 2000000};
	struct rdb_http_response response = {0};
	struct rdb_http_request request = {.url = url("?body=500000")};
	struct rdb_http *other = NULL;
	int64_t before = rdb_wait_now();

	REQUIRE(rdb_http_create(&options, &other, NULL) == 0);
	CHECK_INT(rdb_http_call(other, &request, &response, NULL), 0);
	CHECK_INT(response.body.len, 500000);
	CHECK(rdb_wait_now() - before >= 200);
	request = (struct rdb_http_request){.method = RDB_HTTP_PUT,
		.url = url("?echo=1"),
		.body = body,
		.body_len = sizeof(body)};
	before = rdb_wait_now();
	CHECK_INT(rdb_http_call(other, &request, &response, NULL), 0);
	CHECK(contains(&response, "\"length\": 500000"));
	CHECK(rdb_wait_now() - before >= 100);
	rdb_http_response_free(&response);
	rdb_http_destroy(other);
}

int main(void)
{
	struct rdb_http_options options = {0};

	http_folder_create();
	http_server_start(&plain, 0);
	http_server_start(&tls, 1);
	REQUIRE(rdb_http_create(&options, &http, NULL) == 0);
	RUN(body_and_headers);
	RUN(methods_and_headers_are_sent);
	RUN(statuses_become_errors);
	RUN(error_keeps_its_body);
	RUN(large_bodies_are_refused);
	RUN(malformed_answers_are_errors);
	RUN(passing_statuses);
	RUN(patience_ends);
	RUN(retry_after_is_obeyed);
	RUN(cut_answers_are_retried);
	RUN(stalled_answers_are_retried);
	RUN(timeout);
	RUN(no_server);
	RUN(unrepeatable);
	RUN(upload_is_repeated);
	RUN(prepared_each_time);
	RUN(cancelled);
	RUN(certificates);
	RUN(redirects);
	RUN(redirects_end);
	RUN(proxy);
	RUN(stream_to_the_end);
	RUN(stream_is_given_up);
	RUN(stream_waits_for_its_reader);
	RUN(stream_fails);
	RUN(many_threads);
	RUN(idle_connections_free_descriptors);
	RUN(no_descriptor);
	RUN(rest_and_fork);
	RUN(rate_is_limited);
	rdb_http_destroy(http);
	http_server_stop(&plain);
	http_server_stop(&tls);
	http_folder_remove();
	CHECK_EXIT();
}
