#include "base/wait.h"
#include "s3/s3_client_private.h"
#include "s3/xml.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#define COMPLETE_TRIES 6
#define ABORT_TRIES 3
#define FIRST_DELAY 250 /* ms */

/* ---- creating an upload ---- */

/* The state of a search for the text of an element in an XML response of an S3 server. "child" is
 * the element's name, and "parent" is the path of the element that contains "child". */
struct text_of {
	const char *parent, *child;
	char *out;
	size_t size;
	bool has_parent;
};

static int keep_text(void *arg, const char *path, const char *text)
{
	struct text_of *wanted = arg;
	size_t len = strlen(wanted->parent);

	if (strncmp(path, wanted->parent, len) != 0)
		return 0;
	if (path[len] == '\0')
		wanted->has_parent = true;
	else if (path[len] == '/' && strcmp(path + len + 1, wanted->child) == 0)
		snprintf(wanted->out, wanted->size, "%s", text);
	return 0;
}

static int read_text(
	const struct rdb_http_response *response, struct text_of *wanted, struct rdb_err *err)
{
	const struct rdb_xml_handler handler = {.element = keep_text, .arg = wanted};

	wanted->out[0] = '\0';
	return rdb_xml_read(response->body.data, response->body.len, &handler, err);
}

int rdb_s3_upload_create(struct rdb_s3 *s3, const char *key, const char *type, const char *home,
	const struct rdb_s3_wait *wait, char *id, bool *repeated, struct rdb_err *err)
{
	struct rdb_s3_call call = {.method = RDB_HTTP_POST, .key = key, .wait = wait};
	struct rdb_http_response response = {0};
	struct text_of wanted = {.parent = "InitiateMultipartUploadResult",
		.child = "UploadId",
		.out = id,
		.size = RDB_S3_UPLOAD_ID};
	int ret;

	rdb_s3_query(&call, "uploads", "");
	rdb_s3_header(&call, "content-type", "application/gzip");
	rdb_s3_header(&call, "x-amz-meta-rdbfs-type", type);
	rdb_s3_header(&call, "x-amz-meta-rdbfs-home", home);
	ret = rdb_s3_request(s3, &call, &response, err);
	*repeated = response.attempts > 1;
	if (ret == 0)
		ret = read_text(&response, &wanted, err);
	if (ret == 0 && !*id)
		ret = rdb_err_set(
			err, EBADMSG, "s3://%s/%s: the upload has no id", s3->bucket, key);
	rdb_http_response_free(&response);
	return ret;
}

/* ---- parts ---- */

static void md5_base64(const void *data, size_t len, char out[32])
{
	unsigned char hash[EVP_MAX_MD_SIZE];
	unsigned int size = 0;

	EVP_Digest(data, len, hash, &size, EVP_md5(), NULL);
	EVP_EncodeBlock((unsigned char *)out, hash, (int)size);
}

int rdb_s3_upload_part(struct rdb_s3 *s3, const char *key, const char *id, unsigned number,
	const void *data, size_t len, const struct rdb_s3_wait *wait, char *etag,
	struct rdb_err *err)
{
	struct rdb_s3_call call = {
		.method = RDB_HTTP_PUT, .key = key, .wait = wait, .body = data, .len = len};
	struct rdb_http_response response = {0};
	char text[16], md5[32];
	const char *got;
	int ret;

	snprintf(text, sizeof(text), "%u", number);
	md5_base64(data, len, md5);
	rdb_s3_query(&call, "partNumber", text);
	rdb_s3_query(&call, "uploadId", id);
	rdb_s3_header(&call, "content-md5", md5);
	ret = rdb_s3_request(s3, &call, &response, err);
	got = ret == 0 ? rdb_http_header(&response, "etag") : NULL;
	if (ret == 0 && (!got || !*got || strlen(got) >= RDB_S3_ETAG))
		ret = rdb_err_set(err, EBADMSG, "s3://%s/%s: a part has no ETag", s3->bucket, key);
	if (ret == 0)
		strcpy(etag, got);
	rdb_http_response_free(&response);
	return ret;
}

/* ---- the end ---- */

static int add_escaped(struct rdb_buf *out, const char *text)
{
	int ret = 0;

	for (; *text && ret == 0; text++) {
		if (*text == '"')
			ret = rdb_buf_puts(out, "&quot;");
		else if (*text == '&')
			ret = rdb_buf_puts(out, "&amp;");
		else if (*text == '<')
			ret = rdb_buf_puts(out, "&lt;");
		else
			ret = rdb_buf_putc(out, *text);
	}
	return ret;
}

static int part_list(const char *etags, unsigned count, struct rdb_buf *out)
{
	int ret = rdb_buf_puts(
		out, "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">");

	for (unsigned i = 0; i < count && ret == 0; i++) {
		const char *etag = etags + (size_t)i * RDB_S3_ETAG;
		if (!*etag)
			continue;
		ret = rdb_buf_printf(out, "<Part><PartNumber>%u</PartNumber><ETag>", i + 1);
		ret = ret ? ret : add_escaped(out, etag);
		ret = ret ? ret : rdb_buf_puts(out, "</ETag></Part>");
	}
	return ret ? ret : rdb_buf_puts(out, "</CompleteMultipartUpload>");
}

static int rest(unsigned attempt, const struct rdb_s3_wait *wait, struct rdb_err *err)
{
	struct rdb_wait until =
		rdb_wait_for(wait ? wait->cancel : NULL, (int)(FIRST_DELAY << attempt));
	struct pollfd none;

	if (rdb_wait_poll(&until, &none, 0) == -EINTR)
		return rdb_err_set(err, ECANCELED, "cancelled");
	return 0;
}

/* Puts "etag" in quotes if the quotes are missing, because Ceph omits the quotes in the answer to
 * CompleteMultipartUpload. */
static void add_quotes(char etag[RDB_S3_ETAG])
{
	size_t len = strlen(etag);

	if (etag[0] == '"' || len == 0 || len + 3 > RDB_S3_ETAG)
		return;
	memmove(etag + 1, etag, len);
	etag[0] = etag[len + 1] = '"';
	etag[len + 2] = '\0';
}

/* Stores the ETag from the answer to CompleteMultipartUpload in "etag". Accepts an empty ETag,
 * because Ceph sometimes sends an empty ETag. */
static int read_result(
	const struct rdb_http_response *response, char etag[RDB_S3_ETAG], struct rdb_err *err)
{
	struct text_of wanted = {.parent = "CompleteMultipartUploadResult",
		.child = "ETag",
		.out = etag,
		.size = RDB_S3_ETAG};
	int ret = read_text(response, &wanted, err);

	if (ret == 0 && !wanted.has_parent)
		ret = rdb_err_set(err, EBADMSG, "the answer is not the result of an upload");
	add_quotes(etag);
	return ret;
}

/* Evaluates the answer to CompleteMultipartUpload, which may be an error despite status 200. Stores
 * the object's ETag, or sets *again if a retry may succeed. */
static int judge(const struct rdb_s3 *s3, const struct rdb_s3_call *call,
	const struct rdb_http_response *response, char *etag, bool *again, struct rdb_err *err)
{
	struct rdb_s3_problem problem;
	int ret;

	*again = true;
	rdb_s3_problem_read(response, &problem);
	if (problem.code[0]) {
		*again = strcmp(problem.code, "InternalError") == 0 ||
			 strcmp(problem.code, "SlowDown") == 0 ||
			 strcmp(problem.code, "ServiceUnavailable") == 0;
		return rdb_s3_problem_error(s3, call, response, &problem,
			strcmp(problem.code, "PreconditionFailed") == 0 ? -ESTALE : -EIO, err);
	}
	ret = read_result(response, etag, err);
	if (ret == -EBADMSG)
		rdb_err_prefix(err, "s3://%s/%s: ", s3->bucket, call->key);
	return ret;
}

/* Completes the upload "id" of the object "key", and stores the object's ETag in "etag". After
 * -ENOENT, the caller must check whether the object exists, because a request whose answer was lost
 * may have completed the upload. */
int rdb_s3_upload_complete(struct rdb_s3 *s3, const char *key, const char *id, const char *etags,
	unsigned count, bool exclusive, const struct rdb_s3_wait *wait, char etag[RDB_S3_ETAG],
	struct rdb_err *err)
{
	struct rdb_http_response response = {0};
	struct rdb_buf body = {0};
	bool again = true;
	int ret = part_list(etags, count, &body);

	if (ret != 0)
		rdb_err_sys(err, ENOMEM, "s3://%s/%s", s3->bucket, key);
	for (unsigned i = 0; ret == 0 && again; i++) {
		struct rdb_s3_call call = {.method = RDB_HTTP_POST,
			.key = key,
			.wait = wait,
			.body = body.data,
			.len = body.len};
		rdb_s3_query(&call, "uploadId", id);
		rdb_s3_header(&call, "content-type", "application/xml");
		if (exclusive)
			rdb_s3_header(&call, "if-none-match", "*");
		ret = rdb_s3_request(s3, &call, &response, err);
		again = false;
		if (ret == 0)
			ret = judge(s3, &call, &response, etag, &again, err);
		again = again && ret != 0 && i + 1 < COMPLETE_TRIES;
		if (again)
			ret = rest(i, wait, err);
	}
	rdb_http_response_free(&response);
	rdb_buf_free(&body);
	return ret == -ESTALE ? -EEXIST : ret;
}

int rdb_s3_upload_abort(struct rdb_s3 *s3, const char *key, const char *id,
	const struct rdb_s3_wait *wait, struct rdb_err *err)
{
	struct rdb_http_response response = {0};
	int ret = 0;

	/* Repeat the abort until the upload does not exist, because a part that arrives during an
	 * abort may remain. */
	for (unsigned i = 0; i < ABORT_TRIES && ret == 0; i++) {
		struct rdb_s3_call call = {.method = RDB_HTTP_DELETE, .key = key, .wait = wait};
		rdb_s3_query(&call, "uploadId", id);
		ret = rdb_s3_request(s3, &call, &response, err);
	}
	rdb_http_response_free(&response);
	return ret == -ENOENT ? 0 : ret;
}
