#include "service/api.h"

#include "base/formatted.h"
#include "base/vault.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ANSWER_MAX ((size_t)8 << 20) /* bytes of the largest answer, enough for 10,000 backups */
#define CALL_TIMEOUT 120000          /* ms */

struct rdb_service {
	atomic_uint refs;
	struct rdb_http *http;
	struct rdb_service_address address;
	char *where;
	char *authorization; /* "Authorization: Bearer …", in secret memory; NULL without a token */
};

/* ---- errors ---- */

static void add_answer(const struct rdb_http_response *response, struct rdb_err *err)
{
	char words[RDB_SERVICE_NAME];
	size_t len = err ? strlen(err->text) : 0;

	if (!err)
		return;
	rdb_service_read_error(response->body.data, response->body.len, words);
	if (words[0])
		snprintf(err->text + len, sizeof(err->text) - len, ": %s", words);
}

static bool is_redirect(int status)
{
	return status >= 300 && status < 400;
}

/* Explains in *err why a call has failed. Includes the message in the service's answer. "ret" is
 * the call's error, and "what" names the requested object. Returns -EIO for a redirect, and "ret"
 * for all other failures. */
static int explain(const struct rdb_service *service, const char *what, int ret,
	const struct rdb_http_response *response, struct rdb_err *err)
{
	if (ret == -ECANCELED || ret == -ENOMEM || response->status == 0)
		return ret;
	if (is_redirect(response->status))
		return rdb_err_set(err, EIO,
			"%s answers %d, a redirect, which is not followed because the token is for "
			"this host alone: correct the address",
			service->address.base, response->status);
	add_answer(response, err);
	if (ret == -EACCES && !service->authorization)
		rdb_err_prefix(err, "the service requires a token, see --token-file: ");
	else if (ret == -EACCES)
		rdb_err_prefix(err,
			"the service refuses the token, or the token has no permission for this: ");
	else if (ret == -ENOENT)
		rdb_err_prefix(err, "the service has no such %s: ", what);
	return ret;
}

/* ---- a call ---- */

static int call(struct rdb_service *service, enum rdb_http_method method, const char *url,
	const char *what, const struct rdb_service_wait *wait, struct rdb_http_response *response,
	struct rdb_err *err)
{
	static const char *const headers[] = {
		"Accept: application/json", "Content-Type: application/json", NULL};
	const char *const secrets[] = {service->authorization, NULL};
	const struct rdb_http_request request = {
		.method = method,
		.url = url,
		.headers = headers,
		.secrets = secrets,
		.body = method == RDB_HTTP_POST ? "{}" : NULL,
		.body_len = method == RDB_HTTP_POST ? 2 : 0,
		.body_max = ANSWER_MAX,
		.timeout = CALL_TIMEOUT,
		.patience = wait ? wait->patience : 0,
		.no_redirect = true,
		.unrepeatable = method == RDB_HTTP_POST,
		.cancel = wait ? wait->cancel : NULL,
	};
	int ret = rdb_http_call(service->http, &request, response, err);

	return ret ? explain(service, what, ret, response, err) : 0;
}

static int call_path(struct rdb_service *service, enum rdb_http_method method, const char *what,
	const char *base, const char *path, const char *id, const struct rdb_service_wait *wait,
	struct rdb_http_response *response, struct rdb_err *err)
{
	char *url = rdb_formatted("%s%s%s%s", base, path, id ? "/" : "", id ? id : "");
	int ret;

	if (!url)
		return rdb_err_sys(err, ENOMEM, "%s", what);
	ret = call(service, method, url, what, wait, response, err);
	free(url);
	return ret;
}

/* ---- the calls ---- */

int rdb_service_list(struct rdb_service *service, const struct rdb_service_wait *wait,
	struct rdb_service_backup **out, size_t *count, struct rdb_err *err)
{
	struct rdb_http_response response = {0};
	int ret = call_path(service, RDB_HTTP_GET, "deployment", service->where, "/backups", NULL,
		wait, &response, err);

	*out = NULL;
	*count = 0;
	if (ret == 0)
		ret = rdb_service_read_backups(
			response.body.data, response.body.len, out, count, err);
	rdb_http_response_free(&response);
	return ret;
}

int rdb_service_backup(struct rdb_service *service, const char *id,
	const struct rdb_service_wait *wait, struct rdb_service_backup *out, char **link,
	struct rdb_err *err)
{
	struct rdb_http_response response = {0};
	int ret = call_path(service, RDB_HTTP_GET, "backup", service->where, "/backups", id, wait,
		&response, err);

	*link = NULL;
	if (ret == 0)
		ret = rdb_service_read_backup(
			response.body.data, response.body.len, out, link, err);
	rdb_http_response_free(&response);
	return ret;
}

int rdb_service_describe(struct rdb_service *service, const struct rdb_service_wait *wait,
	struct rdb_service_deployment *out, struct rdb_err *err)
{
	struct rdb_http_response response = {0};
	int ret = call_path(service, RDB_HTTP_GET, "deployment", service->where, "", NULL, wait,
		&response, err);

	*out = (struct rdb_service_deployment){0};
	if (ret == 0)
		ret = rdb_service_read_deployment(response.body.data, response.body.len, out, err);
	rdb_http_response_free(&response);
	return ret;
}

int rdb_service_start_backup(struct rdb_service *service, const struct rdb_service_wait *wait,
	struct rdb_service_recipe *out, struct rdb_err *err)
{
	struct rdb_http_response response = {0};
	int ret = call_path(service, RDB_HTTP_POST, "deployment", service->where, "/backups", NULL,
		wait, &response, err);

	if (ret == 0)
		ret = rdb_service_read_recipe(response.body.data, response.body.len, out, err);
	rdb_http_response_free(&response);
	return ret;
}

int rdb_service_recipe(struct rdb_service *service, const char *id,
	const struct rdb_service_wait *wait, struct rdb_service_recipe *out, struct rdb_err *err)
{
	struct rdb_http_response response = {0};
	int ret = call_path(service, RDB_HTTP_GET, "recipe", service->address.base, "/recipes", id,
		wait, &response, err);

	if (ret == 0)
		ret = rdb_service_read_recipe(response.body.data, response.body.len, out, err);
	rdb_http_response_free(&response);
	return ret;
}

/* ---- the client ---- */

static int set_token(struct rdb_service *service, const char *token, struct rdb_err *err)
{
	static const char before[] = "Authorization: Bearer ";

	if (!token)
		return 0;
	if (!*token || !rdb_service_is_plain(token))
		return rdb_err_set(err, EINVAL,
			"the token is empty or has characters that no token has: see --token-file");
	service->authorization = rdb_vault_alloc(strlen(before) + strlen(token) + 1);
	if (!service->authorization)
		return rdb_err_sys(err, ENOMEM, "the token");
	stpcpy(stpcpy(service->authorization, before), token);
	return 0;
}

int rdb_service_create(
	const struct rdb_service_options *options, struct rdb_service **out, struct rdb_err *err)
{
	const struct rdb_http_options http = {.ca_file = options->ca_file, .rate = options->rate};
	struct rdb_service *service = calloc(1, sizeof(*service));
	int ret;

	if (!service)
		return rdb_err_sys(err, ENOMEM, "%s", options->address);
	atomic_init(&service->refs, 1);
	ret = rdb_service_address_parse(options->address, &service->address, err);
	if (ret == 0)
		service->where = rdb_formatted(
			"%s/deployments/%s", service->address.base, service->address.deployment);
	if (ret == 0 && !service->where)
		ret = rdb_err_sys(err, ENOMEM, "%s", options->address);
	if (ret == 0)
		ret = set_token(service, options->token, err);
	if (ret == 0)
		ret = rdb_http_create(&http, &service->http, err);
	if (ret != 0) {
		rdb_service_unref(service);
		return ret;
	}
	*out = service;
	return 0;
}

struct rdb_service *rdb_service_ref(struct rdb_service *service)
{
	atomic_fetch_add(&service->refs, 1);
	return service;
}

void rdb_service_unref(struct rdb_service *service)
{
	if (!service || atomic_fetch_sub(&service->refs, 1) != 1)
		return;
	rdb_http_destroy(service->http);
	rdb_service_address_free(&service->address);
	rdb_vault_free(service->authorization);
	free(service->where);
	free(service);
}

void rdb_service_rest(struct rdb_service *service)
{
	rdb_http_rest(service->http);
}

struct rdb_http *rdb_service_http(struct rdb_service *service)
{
	return service->http;
}

const char *rdb_service_where(const struct rdb_service *service)
{
	return service->where;
}
