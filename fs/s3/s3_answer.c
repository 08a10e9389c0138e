#include "s3/s3_client_private.h"
#include "s3/xml.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* ---- reading the error in an answer ---- */

static int keep(void *arg, const char *path, const char *text)
{
	struct rdb_s3_problem *problem = arg;

	if (strcmp(path, "Error/Code") == 0)
		snprintf(problem->code, sizeof(problem->code), "%s", text);
	else if (strcmp(path, "Error/Message") == 0)
		snprintf(problem->message, sizeof(problem->message), "%s", text);
	else if (strcmp(path, "Error/Region") == 0)
		snprintf(problem->region, sizeof(problem->region), "%s", text);
	return 0;
}

/* Sets the name of an S3 region to "" if the name contains a character other than a-z, 0-9 and "-",
 * because the name becomes a part of a host name. */
static void check_region(char region[64])
{
	if (region[strspn(region, "abcdefghijklmnopqrstuvwxyz0123456789-")])
		region[0] = '\0';
}

void rdb_s3_problem_read(const struct rdb_http_response *response, struct rdb_s3_problem *out)
{
	struct rdb_xml_handler handler = {.element = keep, .arg = out};
	const char *region = rdb_http_header(response, "x-amz-bucket-region");

	*out = (struct rdb_s3_problem){.code = ""};
	rdb_xml_read(response->body.data, response->body.len, &handler, NULL);
	if (region && !out->region[0])
		snprintf(out->region, sizeof(out->region), "%s", region);
	check_region(out->region);
}

/* ---- errors and hints for known codes ---- */

static const struct known {
	const char *code;
	int error;
	const char *hint;
} all_known[] = {
	{"NoSuchBucket", ENOENT, "create the bucket, or correct its name"},
	{"AccessDenied", EACCES, "these credentials may not do that: see the bucket's policy"},
	{"InvalidAccessKeyId", EACCES, "the service does not know this access key: check it"},
	{"SignatureDoesNotMatch", EACCES, "the secret key is wrong: correct it"},
	{"ExpiredToken", EACCES, "the session token has expired: renew it"},
	{"InvalidToken", EACCES, "the session token is wrong: renew it"},
	{"RequestTimeTooSkewed", EACCES, "this machine's clock is wrong: set it"},
	{"AuthorizationHeaderMalformed", EACCES, "the region may be wrong: see --s3-region"},
	{"PermanentRedirect", EIO, "the bucket is elsewhere: see --s3-region and --s3-endpoint"},
	{"QuotaExceeded", ENOSPC, NULL},
	{"ServiceQuotaExceededException", ENOSPC, NULL},
	{"XMinioStorageFull", ENOSPC, NULL},
	{"EntityTooLarge", EFBIG, NULL},
	{"NoSuchKey", ENOENT, NULL},
	{"NoSuchUpload", ENOENT, NULL},
};

static const struct known *find_known(const char *code)
{
	for (size_t i = 0; i < sizeof(all_known) / sizeof(all_known[0]); i++)
		if (strcmp(all_known[i].code, code) == 0)
			return &all_known[i];
	return NULL;
}

int rdb_s3_problem_error(const struct rdb_s3 *s3, const struct rdb_s3_call *call,
	const struct rdb_http_response *response, const struct rdb_s3_problem *problem, int ret,
	struct rdb_err *err)
{
	const struct known *known = find_known(problem->code);
	int code = known ? known->error : -ret;
	const char *hint;
	char words[RDB_ERR_TEXT];

	if (!err)
		return -code;
	if (!known && response->status == 403)
		known = find_known("AccessDenied");
	hint = known ? known->hint : NULL;
	if (problem->code[0])
		snprintf(words, sizeof(words), "%.200s (%d %s)",
			problem->message[0] ? problem->message : "the service refuses",
			response->status, problem->code);
	else
		snprintf(words, sizeof(words), "%.300s", err->text);
	return rdb_err_set(err, code, "s3://%s%s%s: %s%s%s", s3->bucket, call->key ? "/" : "",
		call->key ? call->key : "", words, hint ? ": " : "", hint ? hint : "");
}
