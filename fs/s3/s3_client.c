#include "s3/s3_client.h"

#include "base/formatted.h"
#include "base/vault.h"
#include "s3/profile.h"
#include "s3/s3_client_private.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define TRIES 4 /* most tries per request, for example with another region or new credentials */

/* ---- the bucket's address ---- */

static int make_host(const struct rdb_s3 *s3, const char *region, struct rdb_buf *out)
{
	const char *china = strncmp(region, "cn-", 3) == 0 ? ".cn" : "";
	int ret = s3->host ? rdb_buf_puts(out, s3->host)
			   : rdb_buf_printf(out, "%s%ss3.%s.amazonaws.com%s",
				     s3->path_style ? "" : s3->bucket, s3->path_style ? "" : ".",
				     region, china);

	return ret == 0 && !rdb_buf_cstr(out) ? -ENOMEM : ret;
}

static int make_path(const struct rdb_s3 *s3, const char *key, struct rdb_buf *out)
{
	int ret = rdb_buf_puts(out, s3->base);

	if (s3->path_style)
		ret = ret ? ret : rdb_buf_printf(out, "/%s", s3->bucket);
	if (key || !s3->path_style)
		ret = ret ? ret : rdb_buf_putc(out, '/');
	if (key)
		ret = ret ? ret : rdb_percent_encode(out, key, true);
	return ret == 0 && !rdb_buf_cstr(out) ? -ENOMEM : ret;
}

static int make_url(const struct rdb_s3 *s3, struct rdb_s3_call *call, const char *host,
	const char *path, struct rdb_buf *out)
{
	int ret = rdb_buf_printf(out, "%s://%s%s", s3->scheme, host, path);

	if (call->query_count)
		ret = ret ? ret : rdb_buf_putc(out, '?');
	ret = ret ? ret : rdb_sign_query(call->query, call->query_count, out);
	return ret == 0 && !rdb_buf_cstr(out) ? -ENOMEM : ret;
}

/* ---- a signed request ---- */

#define LINES (RDB_S3_HEADERS + 8)

/* State of one rdb_s3_request(). Each retry makes the host, path and URL anew, because the region
 * may have changed. */
struct attempt {
	struct rdb_s3 *s3;
	struct rdb_s3_call *call;
	char region[64];
	char hash[RDB_SHA256_HEX];
	char access_key[132];
	struct rdb_buf host, path, url;
	char *lines[LINES + 1]; /* the last is NULL */
};

static void free_lines(struct attempt *attempt)
{
	for (size_t i = 0; i < LINES; i++) {
		free(attempt->lines[i]);
		attempt->lines[i] = NULL;
	}
}

static int add_line(struct attempt *attempt, size_t at, const char *name, const char *value)
{
	attempt->lines[at] = rdb_formatted("%s: %s", name, value);
	return attempt->lines[at] ? 0 : -ENOMEM;
}

static const char *method_name(enum rdb_http_method method)
{
	static const char *const names[] = {"GET", "HEAD", "PUT", "POST", "DELETE"};

	return names[method];
}

static int sign_lines(struct attempt *attempt, const struct rdb_credentials *credentials)
{
	const struct rdb_s3_call *call = attempt->call;
	struct rdb_pair headers[LINES];
	char date[RDB_SIGN_TIME];
	struct rdb_buf authorization = {0};
	struct rdb_sign_request sign = {
		.method = method_name(call->method),
		.path = attempt->path.data,
		.query = attempt->call->query,
		.query_count = call->query_count,
		.headers = headers,
		.body_hash = attempt->hash,
		.region = attempt->region,
		.service = "s3",
		.time = time(NULL),
	};
	size_t count = call->header_count;
	int ret = 0;

	rdb_sign_time(sign.time, date);
	memcpy(headers, call->headers, count * sizeof(*headers));
	headers[count++] = (struct rdb_pair){"host", attempt->host.data};
	headers[count++] = (struct rdb_pair){"x-amz-date", date};
	headers[count++] = (struct rdb_pair){"x-amz-content-sha256", attempt->hash};
	if (credentials->token)
		headers[count++] = (struct rdb_pair){"x-amz-security-token", credentials->token};
	sign.header_count = count;
	ret = rdb_sign(&sign, credentials->access_key, credentials->secret_key, &authorization);
	if (ret == 0 && !rdb_buf_cstr(&authorization))
		ret = -ENOMEM;
	for (size_t i = 0; i < count && ret == 0; i++)
		ret = add_line(attempt, i, headers[i].name, headers[i].value);
	ret = ret ? ret : add_line(attempt, count, "authorization", authorization.data);
	rdb_buf_free(&authorization);
	return ret;
}

static int prepare(struct rdb_http_request *request, void *arg, struct rdb_err *err)
{
	struct attempt *attempt = arg;
	struct rdb_credentials credentials = {0};
	int ret = rdb_credential_chain_get(
		attempt->s3->credentials, request->cancel, &credentials, err);

	if (ret != 0)
		return ret;
	atomic_fetch_add(&attempt->s3->requests, 1);
	free_lines(attempt);
	snprintf(attempt->access_key, sizeof(attempt->access_key), "%s", credentials.access_key);
	ret = sign_lines(attempt, &credentials);
	rdb_credentials_free(&credentials);
	request->secrets = (const char *const *)attempt->lines;
	return ret ? rdb_err_sys(err, ENOMEM, "signing a request") : 0;
}

static int make_addresses(struct attempt *attempt)
{
	int ret;

	pthread_mutex_lock(&attempt->s3->lock);
	memcpy(attempt->region, attempt->s3->region, sizeof(attempt->region));
	pthread_mutex_unlock(&attempt->s3->lock);
	rdb_buf_clear(&attempt->host);
	rdb_buf_clear(&attempt->path);
	rdb_buf_clear(&attempt->url);
	ret = make_host(attempt->s3, attempt->region, &attempt->host);
	ret = ret ? ret : make_path(attempt->s3, attempt->call->key, &attempt->path);
	return ret ? ret
		   : make_url(attempt->s3, attempt->call, attempt->host.data, attempt->path.data,
			     &attempt->url);
}

static int send_once(
	struct attempt *attempt, struct rdb_http_response *response, struct rdb_err *err)
{
	struct rdb_s3_call *call = attempt->call;
	struct rdb_http_request request = {
		.method = call->method,
		.body = call->body,
		.body_len = call->len,
		.body_max = call->body_max,
		.patience = call->wait ? call->wait->patience : 0,
		.cancel = call->wait ? call->wait->cancel : NULL,
		.no_redirect = true,
		.prepare = prepare,
		.prepare_arg = attempt,
	};

	if (make_addresses(attempt) != 0)
		return rdb_err_sys(err, ENOMEM, "a request");
	request.url = attempt->url.data;
	if (call->stream)
		return rdb_http_stream_open(
			attempt->s3->http, &request, call->window, response, call->stream, err);
	return rdb_http_call(attempt->s3->http, &request, response, err);
}

/* ---- problems that a retry can solve ---- */

static bool follow_region(struct attempt *attempt, const struct rdb_s3_problem *problem)
{
	struct rdb_s3 *s3 = attempt->s3;

	if (!problem->region[0] || strcmp(problem->region, attempt->region) == 0)
		return false;
	pthread_mutex_lock(&s3->lock);
	snprintf(s3->region, sizeof(s3->region), "%s", problem->region);
	pthread_mutex_unlock(&s3->lock);
	return true;
}

static bool renew_credentials(struct attempt *attempt, const struct rdb_s3_problem *problem)
{
	static const char *const codes[] = {
		"ExpiredToken", "TokenRefreshRequired", "InvalidToken", "InvalidAccessKeyId"};

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (strcmp(problem->code, codes[i]) == 0) {
			rdb_credential_chain_expire(attempt->s3->credentials, attempt->access_key);
			return true;
		}
	return false;
}

int rdb_s3_request(struct rdb_s3 *s3, struct rdb_s3_call *call, struct rdb_http_response *response,
	struct rdb_err *err)
{
	struct attempt attempt = {.s3 = s3, .call = call};
	struct rdb_s3_problem problem;
	char before[sizeof(attempt.access_key)] = "";
	bool again = true;
	int ret = 0;

	rdb_sha256_hex(call->body ? call->body : "", call->len, attempt.hash);
	for (int i = 0; i < TRIES && again; i++) {
		ret = send_once(&attempt, response, err);
		if (ret == 0 || response->status == 0)
			break;
		rdb_s3_problem_read(response, &problem);
		again = follow_region(&attempt, &problem) ||
			(strcmp(before, attempt.access_key) != 0 &&
				renew_credentials(&attempt, &problem)) ||
			strcmp(problem.code, "RequestTimeout") == 0;
		memcpy(before, attempt.access_key, sizeof(before));
	}
	if (ret != 0 && response->status != 0)
		ret = rdb_s3_problem_error(s3, call, response, &problem, ret, err);
	free_lines(&attempt);
	rdb_buf_free(&attempt.host);
	rdb_buf_free(&attempt.path);
	rdb_buf_free(&attempt.url);
	return ret;
}

void rdb_s3_query(struct rdb_s3_call *call, const char *name, const char *value)
{
	call->query[call->query_count++] = (struct rdb_pair){name, value};
}

void rdb_s3_header(struct rdb_s3_call *call, const char *name, const char *value)
{
	call->headers[call->header_count++] = (struct rdb_pair){name, value};
}

/* ---- creating and freeing a client ---- */

static const char *either_variable(const char *a, const char *b)
{
	const char *value = rdb_profile_variable(a);

	return value ? value : rdb_profile_variable(b);
}

/* Copies a setting's value to *out: the value "option", else the environment variable's value
 * "set", else the AWS profile's setting "entry". If all are missing, leaves *out unchanged. */
static int choose(
	const char *option, const char *set, const char *entry, char **out, struct rdb_err *err)
{
	char *found = NULL;
	int ret = 0;

	if (!option && !set)
		ret = rdb_profile_get(entry, &found, err);
	if (ret == 0 && (option || set || found)) {
		*out = strdup(option ? option : set ? set : found);
		ret = *out ? 0 : rdb_err_sys(err, ENOMEM, "%s", entry);
	}
	rdb_vault_free(found);
	return ret;
}

static int choose_region(struct rdb_s3 *s3, const char *option, struct rdb_err *err)
{
	char *region = NULL;
	int ret = choose(option, either_variable("AWS_REGION", "AWS_DEFAULT_REGION"), "region",
		&region, err);

	if (ret == 0)
		snprintf(s3->region, sizeof(s3->region), "%s", region ? region : "us-east-1");
	for (const char *c = s3->region; ret == 0 && *c; c++)
		if (!isalnum((unsigned char)*c) && *c != '-')
			ret = rdb_err_set(
				err, EINVAL, "%s is not the name of a region", s3->region);
	free(region);
	return ret;
}

static bool is_bucket(const char *name)
{
	size_t len = strlen(name);

	for (const char *c = name; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("-._", *c))
			return false;
	return len >= 3 && len <= 255;
}

/* Returns true if the bucket "name" can be the first label of the service's host name. Returns
 * false for a name with dots, because the service's wildcard certificate covers only one label. */
static bool is_host_label(const char *name)
{
	for (const char *c = name; *c; c++)
		if (!islower((unsigned char)*c) && !isdigit((unsigned char)*c) && *c != '-')
			return false;
	return strlen(name) <= 63;
}

static void lower(char *text)
{
	for (char *c = text; *c; c++)
		*c = (char)tolower((unsigned char)*c);
}

static int split_endpoint(struct rdb_s3 *s3, const char *endpoint, struct rdb_err *err)
{
	const char *host = strstr(endpoint, "://"), *path;
	size_t len, port;

	if (!host || (strncasecmp(endpoint, "http://", 7) != 0 &&
			     strncasecmp(endpoint, "https://", 8) != 0))
		return rdb_err_set(err, EINVAL,
			"%s is not the address of an S3 service: https://HOST[:PORT]", endpoint);
	s3->scheme = strndup(endpoint, (size_t)(host - endpoint));
	host += 3;
	len = strcspn(host, "/?#");
	path = host + len;
	if (len == 0 || memchr(host, '@', len) || strpbrk(path, "?#"))
		return rdb_err_set(err, EINVAL,
			"%s is not the address of an S3 service: https://HOST[:PORT]", endpoint);
	port = strcasecmp(s3->scheme ? s3->scheme : "", "https") == 0 ? 4 : 3;
	if (len > port && strncmp(host + len - port, port == 4 ? ":443" : ":80", port) == 0)
		len -= port;
	s3->host = strndup(host, len);
	s3->base = strdup(path);
	if (!s3->scheme || !s3->host || !s3->base)
		return rdb_err_sys(err, ENOMEM, "%s", endpoint);
	lower(s3->scheme);
	lower(s3->host);
	while (*s3->base && s3->base[strlen(s3->base) - 1] == '/')
		s3->base[strlen(s3->base) - 1] = '\0';
	s3->path_style = true;
	return 0;
}

static int choose_endpoint(
	struct rdb_s3 *s3, const struct rdb_s3_options *options, struct rdb_err *err)
{
	char *endpoint = NULL;
	int ret = choose(options->endpoint,
		either_variable("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"), "endpoint_url",
		&endpoint, err);

	if (ret != 0)
		return ret;
	s3->path_style = options->path_style || !is_host_label(s3->bucket);
	if (endpoint) {
		ret = split_endpoint(s3, endpoint, err);
	} else {
		s3->scheme = strdup("https");
		s3->base = strdup("");
		ret = s3->scheme && s3->base ? 0 : rdb_err_sys(err, ENOMEM, "S3");
	}
	free(endpoint);
	return ret;
}

/* Sets s3->service to the endpoint's address, or to the region's AWS partition if no endpoint was
 * chosen. Called after choose_region() and choose_endpoint(). */
static int name_service(struct rdb_s3 *s3, struct rdb_err *err)
{
	const char *partition = strncmp(s3->region, "cn-", 3) == 0       ? "aws-cn"
				: strncmp(s3->region, "us-gov-", 7) == 0 ? "aws-us-gov"
									 : "aws";

	s3->service = s3->host ? rdb_formatted("%s://%s%s", s3->scheme, s3->host, s3->base)
			       : strdup(partition);
	return s3->service ? 0 : rdb_err_sys(err, ENOMEM, "S3");
}

static int configure(struct rdb_s3 *s3, const struct rdb_s3_options *options, struct rdb_err *err)
{
	struct rdb_http_options http = {.ca_file = options->ca_file, .rate = options->rate};
	int ret;

	if (!is_bucket(options->bucket))
		return rdb_err_set(
			err, EINVAL, "\"%s\" is not a valid bucket name", options->bucket);
	s3->bucket = strdup(options->bucket);
	if (!s3->bucket)
		return rdb_err_sys(err, ENOMEM, "S3");
	if (!http.ca_file)
		http.ca_file = rdb_profile_variable("AWS_CA_BUNDLE");
	ret = choose_region(s3, options->region, err);
	ret = ret ? ret : choose_endpoint(s3, options, err);
	ret = ret ? ret : name_service(s3, err);
	ret = ret ? ret : rdb_http_create(&http, &s3->http, err);
	if (ret == 0 && rdb_credential_chain_create(s3->http, &s3->credentials) != 0)
		ret = rdb_err_sys(err, ENOMEM, "S3");
	return ret;
}

int rdb_s3_create(const struct rdb_s3_options *options, struct rdb_s3 **out, struct rdb_err *err)
{
	struct rdb_s3 *s3 = calloc(1, sizeof(*s3));
	int ret;

	if (!s3)
		return rdb_err_sys(err, ENOMEM, "S3");
	atomic_init(&s3->refs, 1);
	pthread_mutex_init(&s3->lock, NULL);
	ret = configure(s3, options, err);
	if (ret != 0) {
		rdb_s3_unref(s3);
		return ret;
	}
	*out = s3;
	return 0;
}

struct rdb_s3 *rdb_s3_ref(struct rdb_s3 *s3)
{
	atomic_fetch_add(&s3->refs, 1);
	return s3;
}

void rdb_s3_unref(struct rdb_s3 *s3)
{
	if (!s3 || atomic_fetch_sub(&s3->refs, 1) != 1)
		return;
	rdb_credential_chain_destroy(s3->credentials);
	rdb_http_destroy(s3->http);
	pthread_mutex_destroy(&s3->lock);
	free(s3->bucket);
	free(s3->scheme);
	free(s3->host);
	free(s3->base);
	free(s3->service);
	free(s3);
}

void rdb_s3_rest(struct rdb_s3 *s3)
{
	rdb_http_rest(s3->http);
}

uint64_t rdb_s3_requests(struct rdb_s3 *s3)
{
	return atomic_load(&s3->requests);
}

const char *rdb_s3_bucket(const struct rdb_s3 *s3)
{
	return s3->bucket;
}

const char *rdb_s3_service(const struct rdb_s3 *s3)
{
	return s3->service;
}
