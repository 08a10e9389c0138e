#include "download/download_private.h"

#include "download/download_digest.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ASK_PATIENCE 15000 /* ms that a reader waits for a link */
#define URL_TRIES 2        /* links tried for a request: the current and a new one */

void rdb_link_init(
	struct rdb_link *link, struct rdb_service *service, const char *id, const char *name)
{
	*link = (struct rdb_link){.service = rdb_service_ref(service)};
	snprintf(link->id, sizeof(link->id), "%s", id);
	snprintf(link->name, sizeof(link->name), "%s", *name ? name : id);
	pthread_mutex_init(&link->lock, NULL);
}

void rdb_link_destroy(struct rdb_link *link)
{
	rdb_service_unref(link->service);
	pthread_mutex_destroy(&link->lock);
	free(link->url);
}

/* ---- the address ---- */

static int check_url(const struct rdb_link *link, const char *url, struct rdb_err *err)
{
	bool plain = strncmp(url, "http://", 7) == 0 && rdb_service_is_loopback(url) &&
		     strncmp(rdb_service_where(link->service), "http://", 7) == 0;

	if (strncmp(url, "https://", 8) == 0 || plain)
		return 0;
	return rdb_err_set(err, EIO,
		"%s: the service's download link is not https, and is not followed", link->name);
}

static int ask(
	struct rdb_link *link, const struct rdb_cancel *cancel, char **url, struct rdb_err *err)
{
	const struct rdb_service_wait wait = {.cancel = cancel, .patience = ASK_PATIENCE};
	struct rdb_service_backup backup;
	int ret = rdb_service_backup(link->service, link->id, &wait, &backup, url, err);

	if (ret != 0)
		return ret;
	if (!*url)
		return rdb_err_set(
			err, ENOENT, "%s: the service offers no download of it", link->name);
	ret = check_url(link, *url, err);
	if (ret != 0) {
		free(*url);
		*url = NULL;
	}
	return ret;
}

/* Makes "url" the archive's current link and increments link->generation. Does nothing if another
 * thread has replaced the link since the caller read "generation". */
static void publish(struct rdb_link *link, unsigned generation, const char *url)
{
	char *copy = strdup(url);

	pthread_mutex_lock(&link->lock);
	if (copy && link->generation == generation) {
		free(link->url);
		link->url = copy;
		link->generation++;
		copy = NULL;
	}
	pthread_mutex_unlock(&link->lock);
	free(copy);
}

/* Stores a copy of the archive's link in *url, and the link's number in *generation. If the server
 * has refused a link, the caller sets "refused" and passes the refused link's number in
 * *generation. Then *url gets a newer link. */
static int get_url(struct rdb_link *link, const struct rdb_cancel *cancel, bool refused,
	unsigned *generation, char **url, struct rdb_err *err)
{
	int ret = 0;

	pthread_mutex_lock(&link->lock);
	/* Keep the link if another thread has replaced the refused one already. */
	refused = refused && link->generation == *generation;
	*generation = link->generation;
	*url = link->url && !refused ? strdup(link->url) : NULL;
	pthread_mutex_unlock(&link->lock);
	if (*url)
		return 0;
	ret = ask(link, cancel, url, err);
	if (ret != 0)
		return ret;
	publish(link, *generation, *url);
	++*generation;
	return 0;
}

/* ---- the answer ---- */

/* Stores the response's ETag in "out", or "" if the ETag is missing, too long or weak. A weak ETag
 * does not guarantee identical bytes. */
static void copy_etag(const struct rdb_http_response *response, char *out, size_t size)
{
	const char *etag = rdb_http_header(response, "etag");
	bool usable = etag && strlen(etag) < size && strncmp(etag, "W/", 2) != 0;

	snprintf(out, size, "%s", usable ? etag : "");
}

static uint64_t parse_length(const char *text)
{
	char *end;
	unsigned long long length;

	if (!text || *text < '0' || *text > '9')
		return 0;
	errno = 0;
	length = strtoull(text, &end, 10);
	return errno == 0 && *end == '\0' && length < (uint64_t)1 << 62 ? length : 0;
}

static int wrong_range(const struct rdb_link *link, struct rdb_err *err)
{
	return rdb_err_set(err, EIO, "%s: the host did not send the requested bytes", link->name);
}

static int read_range(const struct rdb_link *link, const struct rdb_link_request *request,
	const struct rdb_http_response *response, struct rdb_cached_version *out,
	struct rdb_err *err)
{
	const char *said = rdb_http_header(response, "content-range");
	uint64_t first, last, total;

	if (!said ||
		sscanf(said, "bytes %" SCNu64 "-%" SCNu64 "/%" SCNu64, &first, &last, &total) !=
			3 ||
		first != request->off || last < first || last >= total ||
		total >= (uint64_t)1 << 62)
		return wrong_range(link, err);
	if (last != (request->len ? request->off + request->len - 1 : total - 1))
		return rdb_err_set(err, ESTALE, "%s is shorter than it was", link->name);
	out->ranges = true;
	out->size = total;
	return 0;
}

static int read_answer(const struct rdb_link *link, const struct rdb_link_request *request,
	const struct rdb_http_response *response, struct rdb_cached_version *out,
	struct rdb_err *err)
{
	int ret = 0;

	*out = (struct rdb_cached_version){.size = 0};
	copy_etag(response, out->etag, sizeof(out->etag));
	if (response->status == 206)
		ret = read_range(link, request, response, out, err);
	else if (request->buf)
		ret = wrong_range(link, err);
	else
		out->size = parse_length(rdb_http_header(response, "content-length"));
	if (response->status != 206)
		rdb_digest_of_answer(response, out->digest);
	if (ret == 0 && request->etag[0] && out->etag[0] && strcmp(request->etag, out->etag) != 0)
		ret = rdb_err_set(err, ESTALE, "%s has been replaced", link->name);
	return ret;
}

/* ---- a request ---- */

static int copy_body(const struct rdb_link *link, const struct rdb_link_request *request,
	const struct rdb_http_response *response, struct rdb_err *err)
{
	if (!request->buf)
		return 0;
	if (response->body.len != request->len)
		return wrong_range(link, err);
	memcpy(request->buf, response->body.data, request->len);
	return 0;
}

static int attempt(struct rdb_link *link, const char *url, const struct rdb_link_request *request,
	struct rdb_cached_version *answer, struct rdb_err *err)
{
	struct rdb_http *http = rdb_service_http(link->service);
	char range[64], match[RDB_CACHED_TEXT + 16];
	const char *headers[] = {range, request->etag[0] ? match : NULL, NULL};
	const struct rdb_http_request get = {
		.url = url,
		.headers = headers,
		.body_max = request->buf ? request->len : 0,
		.cancel = request->cancel,
	};
	struct rdb_http_response response = {0};
	int ret;

	snprintf(range, sizeof(range), "Range: bytes=%" PRIu64 "-", request->off);
	if (request->len)
		snprintf(range + strlen(range), 24, "%" PRIu64, request->off + request->len - 1);
	snprintf(match, sizeof(match), "If-Match: %s", request->etag);
	if (request->buf)
		ret = rdb_http_call(http, &get, &response, err);
	else
		ret = rdb_http_stream_open(
			http, &get, request->window, &response, request->stream, err);
	if (response.status == 400) /* some hosts answer 400 for an expired link */
		ret = -EACCES;
	if (ret == 0) {
		ret = read_answer(link, request, &response, answer, err);
		if (ret == 0)
			ret = copy_body(link, request, &response, err);
		if (ret != 0 && !request->buf)
			rdb_http_stream_close(*request->stream);
	}
	if (ret == -ESTALE)
		rdb_err_set(err, ESTALE, "%s has been replaced by another archive", link->name);
	else if (ret != 0)
		rdb_err_prefix(err, "%s: ", link->name);
	rdb_http_response_free(&response);
	return ret;
}

static bool may_be_expired(int ret)
{
	return ret == -EACCES || ret == -ENOENT;
}

int rdb_link_get(struct rdb_link *link, const struct rdb_link_request *request,
	struct rdb_cached_version *answer, struct rdb_err *err)
{
	unsigned generation = 0;
	char *url;
	int ret = 0;

	for (int tries = 0; tries < URL_TRIES; tries++) {
		ret = get_url(link, request->cancel, tries > 0, &generation, &url, err);
		if (ret != 0)
			return ret;
		ret = attempt(link, url, request, answer, err);
		free(url);
		if (!may_be_expired(ret))
			return ret;
	}
	return ret;
}
