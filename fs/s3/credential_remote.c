#include "base/vault.h"
#include "s3/credentials.h"
#include "s3/profile.h"
#include "s3/sign.h"
#include "s3/xml.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define TOKEN_MAX 65536
#define METADATA_MS 1000 /* ms; instance metadata answers at once or not at all */
#define CONTAINER_MS 5000
#define RENEWAL_MS 20000

static char *read_token(const char *path)
{
	char *text = rdb_vault_alloc(TOKEN_MAX);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 && text ? read(fd, text, TOKEN_MAX - 1) : -1;

	if (fd >= 0)
		close(fd);
	if (n <= 0) {
		rdb_vault_free(text);
		return NULL;
	}
	text[strcspn(text, "\r\n")] = '\0';
	return text;
}

static void wipe(struct rdb_http_response *response)
{
	if (response->body.data)
		explicit_bzero(response->body.data, response->body.cap);
	rdb_http_response_free(response);
}

/* ---- web identity: the token service answers with XML ---- */

static int keep_assumed(void *arg, const char *path, const char *text)
{
	static const char base[] = "AssumeRoleWithWebIdentityResponse/"
				   "AssumeRoleWithWebIdentityResult/Credentials/";
	struct rdb_credentials *assumed = arg;
	char **to = NULL;

	if (strncmp(path, base, sizeof(base) - 1) != 0)
		return 0;
	path += sizeof(base) - 1;
	if (strcmp(path, "AccessKeyId") == 0)
		to = &assumed->access_key;
	else if (strcmp(path, "SecretAccessKey") == 0)
		to = &assumed->secret_key;
	else if (strcmp(path, "SessionToken") == 0)
		to = &assumed->token;
	else if (strcmp(path, "Expiration") == 0)
		assumed->expires = rdb_credentials_time(text);
	if (!to)
		return 0;
	rdb_vault_free(*to);
	*to = rdb_vault_dup(text);
	return *to ? 0 : -ENOMEM;
}

static int parse_assumed(
	const struct rdb_http_response *response, struct rdb_credentials *out, struct rdb_err *err)
{
	struct rdb_credentials assumed = {0};
	struct rdb_xml_handler handler = {.element = keep_assumed, .arg = &assumed};
	int ret = rdb_xml_read(response->body.data, response->body.len, &handler, err);

	if (ret == 0 && (!assumed.access_key || !assumed.secret_key || assumed.expires < 0))
		ret = -EBADMSG;
	if (ret == -EBADMSG)
		ret = rdb_err_set(err, EINVAL,
			"the answer of the token service contains no valid credentials");
	if (ret == 0)
		*out = assumed;
	else
		rdb_credentials_free(&assumed);
	return ret;
}

static int add_parameter(struct rdb_buf *form, const char *name, const char *value)
{
	int ret = rdb_buf_printf(form, "%s%s=", form->len ? "&" : "", name);

	return ret ? ret : rdb_percent_encode(form, value, false);
}

static int identity_form(const char *role, const char *token, struct rdb_buf *form)
{
	const char *session = rdb_profile_variable("AWS_ROLE_SESSION_NAME");
	int ret = add_parameter(form, "Action", "AssumeRoleWithWebIdentity");

	ret = ret ? ret : add_parameter(form, "Version", "2011-06-15");
	ret = ret ? ret : add_parameter(form, "RoleArn", role);
	ret = ret ? ret : add_parameter(form, "RoleSessionName", session ? session : "rdbfs");
	return ret ? ret : add_parameter(form, "WebIdentityToken", token);
}

static void token_service(char out[256])
{
	const char *set = rdb_profile_variable("AWS_ENDPOINT_URL_STS"),
		   *region = rdb_profile_variable("AWS_REGION");

	if (!region)
		region = rdb_profile_variable("AWS_DEFAULT_REGION");
	if (set)
		snprintf(out, 256, "%s", set);
	else if (region)
		snprintf(out, 256, "https://sts.%s.amazonaws.com/", region);
	else
		snprintf(out, 256, "https://sts.amazonaws.com/");
}

static int assume_role(struct rdb_http *http, const struct rdb_cancel *cancel, const char *role,
	const char *token, struct rdb_credentials *out, struct rdb_err *err)
{
	static const char *const headers[] = {
		"Content-Type: application/x-www-form-urlencoded", NULL};
	struct rdb_http_response response = {0};
	struct rdb_buf form = {0};
	char url[256];
	struct rdb_http_request request = {.method = RDB_HTTP_POST,
		.url = url,
		.headers = headers,
		.patience = RENEWAL_MS,
		.cancel = cancel,
		.no_redirect = true};
	int ret = identity_form(role, token, &form);

	token_service(url);
	request.body = form.data;
	request.body_len = form.len;
	ret = ret ? rdb_err_sys(err, ENOMEM, "credentials")
		  : rdb_http_call(http, &request, &response, err);
	if (ret == 0)
		ret = parse_assumed(&response, out, err);
	else
		rdb_err_prefix(err, "credentials of the web identity: ");
	if (form.data)
		explicit_bzero(form.data, form.cap);
	rdb_buf_free(&form);
	wipe(&response);
	return ret == -ENOENT ? -EACCES : ret;
}

int rdb_credentials_web_identity(struct rdb_http *http, const struct rdb_cancel *cancel,
	struct rdb_credentials *out, struct rdb_err *err)
{
	const char *file = rdb_profile_variable("AWS_WEB_IDENTITY_TOKEN_FILE");
	const char *role = rdb_profile_variable("AWS_ROLE_ARN");
	char *token;
	int ret;

	if (!file || !role)
		return -ENOENT;
	token = read_token(file);
	if (!token)
		return rdb_err_set(err, EINVAL, "the web identity token %s: %s", file,
			errno ? strerror(errno) : "it is empty");
	ret = assume_role(http, cancel, role, token, out, err);
	rdb_vault_free(token);
	return ret;
}

/* ---- a container's endpoint ---- */

static int get_json(struct rdb_http *http, const struct rdb_http_request *request, const char *what,
	struct rdb_credentials *out, struct rdb_err *err)
{
	struct rdb_http_response response = {0};
	int ret = rdb_http_call(http, request, &response, err);

	if (ret == 0)
		ret = rdb_credentials_parse(response.body.data, response.body.len, what, out, err);
	else
		rdb_err_prefix(err, "%s: ", what);
	wipe(&response);
	return ret;
}

/* Returns a request to "url", an address of this container's or instance's metadata service. The
 * request bypasses proxies, because a proxy cannot reach the metadata service. */
static struct rdb_http_request local_request(
	const char *url, const char *const *secrets, const struct rdb_cancel *cancel)
{
	return (struct rdb_http_request){.url = url,
		.secrets = secrets,
		.direct = true,
		.patience = CONTAINER_MS,
		.cancel = cancel,
		.no_redirect = true};
}

static int container_token(char header[TOKEN_MAX + 32], struct rdb_err *err)
{
	const char *file = rdb_profile_variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
	const char *set = rdb_profile_variable("AWS_CONTAINER_AUTHORIZATION_TOKEN");
	char *token = file ? read_token(file) : NULL;

	if (file && !token)
		return rdb_err_set(err, EINVAL, "the container's token %s can't be read", file);
	header[0] = '\0';
	if (token || set)
		snprintf(header, TOKEN_MAX + 32, "Authorization: %s", token ? token : set);
	rdb_vault_free(token);
	return 0;
}

int rdb_credentials_container(struct rdb_http *http, const struct rdb_cancel *cancel,
	struct rdb_credentials *out, struct rdb_err *err)
{
	const char *relative = rdb_profile_variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
	const char *full = rdb_profile_variable("AWS_CONTAINER_CREDENTIALS_FULL_URI");
	char url[2048] = "", *header;
	const char *secrets[] = {NULL, NULL};
	struct rdb_http_request request = local_request(url, secrets, cancel);
	int ret;

	if (!relative && !full)
		return -ENOENT;
	header = rdb_vault_alloc(TOKEN_MAX + 32);
	if (!header)
		return rdb_err_sys(err, ENOMEM, "credentials");
	snprintf(url, sizeof(url), "%s%s", relative ? "http://169.254.170.2" : "",
		relative ? relative : full);
	ret = container_token(header, err);
	secrets[0] = header[0] ? header : NULL;
	if (ret == 0)
		ret = get_json(http, &request, "the container's credentials", out, err);
	rdb_vault_free(header);
	return ret == -ENOENT ? -EACCES : ret;
}

/* ---- an instance's metadata, version 2: a token first ---- */

static int instance_token(
	struct rdb_http *http, const struct rdb_cancel *cancel, const char *base, char header[512])
{
	static const char *const headers[] = {"X-aws-ec2-metadata-token-ttl-seconds: 300", NULL};
	struct rdb_http_response response = {0};
	char url[300] = "";
	struct rdb_http_request request = local_request(url, NULL, cancel);
	int ret;

	request.method = RDB_HTTP_PUT;
	request.headers = headers;
	request.timeout = METADATA_MS;
	request.patience = -1;
	snprintf(url, sizeof(url), "%s/latest/api/token", base);
	ret = rdb_http_call(http, &request, &response, NULL);
	if (ret == 0 && (response.body.len == 0 || response.body.len > 400))
		ret = -ENOENT;
	if (ret == 0)
		snprintf(header, 512, "X-aws-ec2-metadata-token: %.*s", (int)response.body.len,
			response.body.data);
	wipe(&response);
	return ret;
}

static int instance_role(struct rdb_http *http, const struct rdb_http_request *request,
	char role[128], struct rdb_err *err)
{
	struct rdb_http_response response = {0};
	int ret = rdb_http_call(http, request, &response, err);

	if (ret == 0)
		snprintf(role, 128, "%.*s",
			(int)(response.body.len < 127 ? response.body.len : 127),
			response.body.len ? response.body.data : "");
	role[strcspn(role, "\r\n")] = '\0';
	rdb_http_response_free(&response);
	return ret == 0 && !*role ? -ENOENT : ret;
}

int rdb_credentials_instance(struct rdb_http *http, const struct rdb_cancel *cancel,
	struct rdb_credentials *out, struct rdb_err *err)
{
	static const char path[] = "latest/meta-data/iam/security-credentials";
	const char *disabled = rdb_profile_variable("AWS_EC2_METADATA_DISABLED");
	const char *base = rdb_profile_variable("AWS_EC2_METADATA_SERVICE_ENDPOINT");
	char url[600], header[512], role[128] = "";
	const char *secrets[] = {header, NULL};
	struct rdb_http_request request = local_request(url, secrets, cancel);
	int ret;

	if (disabled && strcasecmp(disabled, "true") == 0)
		return -ENOENT;
	base = base ? base : "http://169.254.169.254";
	if (strlen(base) > 255 || instance_token(http, cancel, base, header) != 0)
		return rdb_cancel_fired(cancel) ? rdb_err_set(err, ECANCELED, "cancelled")
						: -ENOENT;
	snprintf(url, sizeof(url), "%s/%s/", base, path);
	ret = instance_role(http, &request, role, err);
	if (ret != 0)
		return ret;
	snprintf(url, sizeof(url), "%s/%s/%s", base, path, role);
	ret = get_json(http, &request, "the instance's credentials", out, err);
	explicit_bzero(header, sizeof(header));
	return ret;
}
