#include "s3/sign.h"

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALGORITHM "AWS4-HMAC-SHA256"

/* ---- parts ---- */

static void to_hex(const unsigned char *bytes, size_t count, char *out)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < count; i++) {
		*out++ = digits[bytes[i] >> 4];
		*out++ = digits[bytes[i] & 15];
	}
	*out = '\0';
}

void rdb_sha256_hex(const void *data, size_t len, char out[RDB_SHA256_HEX])
{
	unsigned char hash[SHA256_DIGEST_LENGTH];

	EVP_Digest(data, len, hash, NULL, EVP_sha256(), NULL);
	to_hex(hash, sizeof(hash), out);
}

void rdb_sign_time(time_t time, char out[RDB_SIGN_TIME])
{
	struct tm tm;

	gmtime_r(&time, &tm);
	strftime(out, RDB_SIGN_TIME, "%Y%m%dT%H%M%SZ", &tm);
}

static bool is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '.' || c == '_' || c == '~';
}

int rdb_percent_encode(struct rdb_buf *out, const char *text, bool slash)
{
	int ret = 0;

	for (; *text && ret == 0; text++) {
		if (is_plain(*text) || (slash && *text == '/'))
			ret = rdb_buf_putc(out, *text);
		else
			ret = rdb_buf_printf(out, "%%%02X", (unsigned char)*text);
	}
	return ret;
}

static int compare_pairs(const void *a, const void *b)
{
	const struct rdb_pair *left = a, *right = b;
	int order = strcmp(left->name, right->name);

	return order ? order : strcmp(left->value, right->value);
}

/* Appends the query's parameters to *out, sorted and encoded. A signature requires sorting by
 * encoded name. Sorting by plain name gives the same order, because a name has only letters and
 * "-". */
int rdb_sign_query(struct rdb_pair *query, size_t count, struct rdb_buf *out)
{
	int ret = 0;

	if (count)
		qsort(query, count, sizeof(*query), compare_pairs);
	for (size_t i = 0; i < count && ret == 0; i++) {
		if (i > 0)
			ret = rdb_buf_putc(out, '&');
		ret = ret ? ret : rdb_percent_encode(out, query[i].name, false);
		ret = ret ? ret : rdb_buf_putc(out, '=');
		ret = ret ? ret : rdb_percent_encode(out, query[i].value, false);
	}
	return ret;
}

/* ---- the request in its canonical form ---- */

static int add_signed_names(const struct rdb_sign_request *request, struct rdb_buf *out)
{
	int ret = 0;

	for (size_t i = 0; i < request->header_count && ret == 0; i++)
		ret = rdb_buf_printf(out, "%s%s", i ? ";" : "", request->headers[i].name);
	return ret;
}

static int canonical_request(const struct rdb_sign_request *request, struct rdb_buf *out)
{
	int ret = rdb_buf_printf(out, "%s\n%s\n", request->method, request->path);

	ret = ret ? ret : rdb_sign_query(request->query, request->query_count, out);
	ret = ret ? ret : rdb_buf_putc(out, '\n');
	qsort(request->headers, request->header_count, sizeof(*request->headers), compare_pairs);
	for (size_t i = 0; i < request->header_count && ret == 0; i++)
		ret = rdb_buf_printf(
			out, "%s:%s\n", request->headers[i].name, request->headers[i].value);
	ret = ret ? ret : rdb_buf_putc(out, '\n');
	ret = ret ? ret : add_signed_names(request, out);
	return ret ? ret : rdb_buf_printf(out, "\n%s", request->body_hash);
}

static void hmac(
	const void *key, size_t key_len, const char *text, unsigned char out[SHA256_DIGEST_LENGTH])
{
	HMAC(EVP_sha256(), key, (int)key_len, (const unsigned char *)text, strlen(text), out, NULL);
}

static int derive_key(const struct rdb_sign_request *request, const char *secret, const char *day,
	unsigned char key[SHA256_DIGEST_LENGTH])
{
	struct rdb_buf start = {0};
	int ret = rdb_buf_printf(&start, "AWS4%s", secret);

	if (ret == 0) {
		hmac(start.data, start.len, day, key);
		hmac(key, SHA256_DIGEST_LENGTH, request->region, key);
		hmac(key, SHA256_DIGEST_LENGTH, request->service, key);
		hmac(key, SHA256_DIGEST_LENGTH, "aws4_request", key);
	}
	if (start.len)
		OPENSSL_cleanse(start.data, start.len);
	rdb_buf_free(&start);
	return ret;
}

static int add_authorization(const struct rdb_sign_request *request, const char *access_key,
	const char *day, const char *signature, struct rdb_buf *out)
{
	int ret = rdb_buf_printf(out,
		ALGORITHM " Credential=%s/%s/%s/%s/aws4_request, SignedHeaders=", access_key, day,
		request->region, request->service);

	ret = ret ? ret : add_signed_names(request, out);
	return ret ? ret : rdb_buf_printf(out, ", Signature=%s", signature);
}

int rdb_sign(const struct rdb_sign_request *request, const char *access_key, const char *secret_key,
	struct rdb_buf *out)
{
	unsigned char key[SHA256_DIGEST_LENGTH], mac[SHA256_DIGEST_LENGTH];
	char time[RDB_SIGN_TIME], day[9], hash[RDB_SHA256_HEX], signature[RDB_SHA256_HEX];
	struct rdb_buf text = {0};
	int ret = canonical_request(request, &text);

	rdb_sign_time(request->time, time);
	snprintf(day, sizeof(day), "%.8s", time);
	if (ret == 0)
		rdb_sha256_hex(text.data, text.len, hash);
	rdb_buf_clear(&text);
	ret = ret ? ret
		  : rdb_buf_printf(&text, ALGORITHM "\n%s\n%s/%s/%s/aws4_request\n%s", time, day,
			    request->region, request->service, hash);
	ret = ret ? ret : derive_key(request, secret_key, day, key);
	if (ret == 0 && !rdb_buf_cstr(&text))
		ret = -ENOMEM;
	if (ret == 0) {
		hmac(key, sizeof(key), text.data, mac);
		to_hex(mac, sizeof(mac), signature);
		ret = add_authorization(request, access_key, day, signature, out);
	}
	OPENSSL_cleanse(key, sizeof(key));
	rdb_buf_free(&text);
	return ret;
}
