#include "base/printable.h"
#include "http/http_private.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Returns the positive errno for an HTTP status, or 0 for a status 2xx. */
static int status_errno(int status)
{
	switch (status) {
	case 401:
	case 403:
		return EACCES;
	case 404:
	case 410:
		return ENOENT;
	case 409:
		return EEXIST;
	case 412:
		return ESTALE;
	case 416:
		return ERANGE;
	case 507:
		return ENOSPC;
	default:
		return status >= 200 && status < 300 ? 0 : EIO;
	}
}

static void copy_part(CURLU *url, CURLUPart part, const char *before, char out[256])
{
	size_t used = strlen(out);
	char *text;

	if (curl_url_get(url, part, &text, 0) != CURLUE_OK)
		return;
	snprintf(out + used, 256 - used, "%s%s", before, text);
	curl_free(text);
}

void rdb_http_host(const char *text, char out[256])
{
	CURLU *url = curl_url();

	out[0] = '\0';
	if (url && curl_url_set(url, CURLUPART_URL, text, 0) == CURLUE_OK) {
		copy_part(url, CURLUPART_HOST, "", out);
		copy_part(url, CURLUPART_PORT, ":", out);
	}
	curl_url_cleanup(url);
	if (!out[0])
		strcpy(out, "the server");
	rdb_printable(out, strlen(out));
}

/* Stores the reason phrase of the HTTP answer in "out", in parentheses. Stores "" for HTTP/2,
 * because HTTP/2 has no reason phrase. */
static void reason_phrase(const struct rdb_transfer *transfer, char out[64])
{
	const char *line = transfer->header_bytes.data, *end, *at;
	size_t len = transfer->header_bytes.len;

	out[0] = '\0';
	end = len ? memchr(line, '\r', len) : NULL;
	at = end ? memchr(line, ' ', (size_t)(end - line)) : NULL;
	at = at ? memchr(at + 1, ' ', (size_t)(end - at - 1)) : NULL;
	if (at && end - at > 1)
		snprintf(out, 64, " (%.*s)", (int)(end - at - 1 < 60 ? end - at - 1 : 60), at + 1);
}

static int status_result(const struct rdb_transfer *transfer, struct rdb_err *err)
{
	int code = status_errno(transfer->status);
	char reason[64];

	if (code == 0)
		return 0;
	reason_phrase(transfer, reason);
	return rdb_err_set(err, code, "%s answers %d%s", transfer->host, transfer->status, reason);
}

static int connect_errno(const struct rdb_transfer *transfer)
{
	switch (transfer->os_error) {
	case ECONNREFUSED:
	case ETIMEDOUT:
		return (int)transfer->os_error;
	case EMFILE:
	case ENFILE:
		return EMFILE;
	default:
		return EHOSTUNREACH;
	}
}

static int library_errno(const struct rdb_transfer *transfer)
{
	switch (transfer->code) {
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_RESOLVE_PROXY:
		return EHOSTUNREACH;
	case CURLE_COULDNT_CONNECT:
		return connect_errno(transfer);
	case CURLE_OPERATION_TIMEDOUT:
		return ETIMEDOUT;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
		return EKEYREJECTED;
	case CURLE_URL_MALFORMAT:
		return EINVAL;
	case CURLE_OUT_OF_MEMORY:
		return ENOMEM;
	default:
		return EIO;
	}
}

static int library_result(const struct rdb_transfer *transfer, struct rdb_err *err)
{
	const char *words =
		transfer->words[0] ? transfer->words : curl_easy_strerror(transfer->code);
	int code = library_errno(transfer);

	if (code == EMFILE) /* the library's words do not say why */
		return rdb_err_sys(err, code, "%s", transfer->host);
	return rdb_err_set(err, code, "%s: %s", transfer->host, words);
}

int rdb_transfer_result(struct rdb_transfer *transfer, struct rdb_err *err)
{
	int ret;

	pthread_mutex_lock(&transfer->lock);
	if (transfer->code == RDB_TRANSFER_CANCELLED)
		ret = rdb_err_set(err, ECANCELED, "cancelled");
	else if (transfer->too_large)
		ret = rdb_err_set(
			err, EIO, "%s: the answer is larger than allowed", transfer->host);
	else if (transfer->code == CURLE_OK && !transfer->answered)
		ret = rdb_err_set(err, EIO,
			"%s: the connection was closed within the answer's headers",
			transfer->host);
	else if (transfer->code == CURLE_OK)
		ret = status_result(transfer, err);
	else
		ret = library_result(transfer, err);
	pthread_mutex_unlock(&transfer->lock);
	return ret;
}
