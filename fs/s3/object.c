#include "s3/s3_client_private.h"

#include <curl/curl.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void copy_header(
	const struct rdb_http_response *response, const char *name, char *out, size_t size)
{
	const char *value = rdb_http_header(response, name);

	snprintf(out, size, "%s", value ? value : "");
}

static int malformed(
	const struct rdb_s3 *s3, const char *key, const char *what, struct rdb_err *err)
{
	return rdb_err_set(
		err, EBADMSG, "s3://%s/%s: the answer has no usable %s", s3->bucket, key, what);
}

bool rdb_s3_number(const char *text, uint64_t *out)
{
	char *end;

	if (!text || *text < '0' || *text > '9')
		return false;
	errno = 0;
	*out = strtoull(text, &end, 10);
	return errno == 0 && *end == '\0';
}

static time_t read_mtime(const struct rdb_http_response *response)
{
	const char *value = rdb_http_header(response, "last-modified");
	time_t mtime = value ? curl_getdate(value, NULL) : -1;

	return mtime > 0 ? mtime : 0;
}

int rdb_s3_head(struct rdb_s3 *s3, const char *key, const struct rdb_s3_wait *wait,
	struct rdb_s3_facts *out, struct rdb_err *err)
{
	struct rdb_s3_call call = {.method = RDB_HTTP_HEAD, .key = key, .wait = wait};
	struct rdb_http_response response = {0};
	int ret = rdb_s3_request(s3, &call, &response, err);

	if (ret == 0) {
		copy_header(&response, "etag", out->etag, sizeof(out->etag));
		copy_header(&response, "x-amz-meta-rdbfs-type", out->type, sizeof(out->type));
		copy_header(&response, "x-amz-meta-rdbfs-home", out->home, sizeof(out->home));
		out->mtime = read_mtime(&response);
		if (!rdb_s3_number(rdb_http_header(&response, "content-length"), &out->size))
			ret = malformed(s3, key, "length", err);
		else if (!out->etag[0])
			ret = malformed(s3, key, "ETag", err);
	}
	rdb_http_response_free(&response);
	return ret;
}

/* ---- ranges ---- */

struct range {
	uint64_t off, len;
	char text[64];
};

static void set_range(struct rdb_s3_call *call, struct range *range, const char *etag)
{
	snprintf(range->text, sizeof(range->text), "bytes=%" PRIu64 "-%" PRIu64, range->off,
		range->off + range->len - 1);
	rdb_s3_header(call, "range", range->text);
	if (etag)
		rdb_s3_header(call, "if-match", etag);
}

static int check_range(const struct rdb_s3 *s3, const char *key, const struct range *range,
	const struct rdb_http_response *response, struct rdb_err *err)
{
	const char *said = rdb_http_header(response, "content-range");
	uint64_t first = 0, last = 0;

	if (response->status == 206 && said &&
		sscanf(said, "bytes %" SCNu64 "-%" SCNu64 "/", &first, &last) == 2 &&
		first == range->off && last == range->off + range->len - 1)
		return 0;
	if (response->status == 206 && said && first == range->off)
		return rdb_err_set(
			err, ERANGE, "s3://%s/%s is shorter than it was", s3->bucket, key);
	return rdb_err_set(err, EBADMSG, "s3://%s/%s: the service did not send the requested range",
		s3->bucket, key);
}

int rdb_s3_get(struct rdb_s3 *s3, const char *key, const char *etag, uint64_t off, void *buf,
	size_t len, const struct rdb_s3_wait *wait, struct rdb_err *err)
{
	struct rdb_s3_call call = {
		.method = RDB_HTTP_GET, .key = key, .wait = wait, .body_max = len};
	struct range range = {.off = off, .len = len};
	struct rdb_http_response response = {0};
	int ret;

	if (len == 0)
		return 0;
	set_range(&call, &range, etag);
	ret = rdb_s3_request(s3, &call, &response, err);
	ret = ret ? ret : check_range(s3, key, &range, &response, err);
	if (ret == 0 && response.body.len != len)
		ret = malformed(s3, key, "length", err);
	if (ret == 0)
		memcpy(buf, response.body.data, len);
	rdb_http_response_free(&response);
	return ret;
}

int rdb_s3_get_stream(struct rdb_s3 *s3, const char *key, const char *etag, uint64_t off,
	uint64_t len, size_t window, const struct rdb_s3_wait *wait, struct rdb_http_stream **out,
	struct rdb_err *err)
{
	struct rdb_s3_call call = {
		.method = RDB_HTTP_GET, .key = key, .wait = wait, .window = window, .stream = out};
	struct range range = {.off = off, .len = len};
	struct rdb_http_response response = {0};
	int ret;

	set_range(&call, &range, etag);
	ret = rdb_s3_request(s3, &call, &response, err);
	if (ret == 0) {
		ret = check_range(s3, key, &range, &response, err);
		if (ret != 0)
			rdb_http_stream_close(*out);
	}
	rdb_http_response_free(&response);
	return ret;
}

int rdb_s3_delete(
	struct rdb_s3 *s3, const char *key, const struct rdb_s3_wait *wait, struct rdb_err *err)
{
	struct rdb_s3_call call = {.method = RDB_HTTP_DELETE, .key = key, .wait = wait};
	struct rdb_http_response response = {0};
	int ret = rdb_s3_request(s3, &call, &response, err);

	rdb_http_response_free(&response);
	return ret;
}
