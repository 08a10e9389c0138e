#include "s3/list.h"

#include "s3/credentials.h"
#include "s3/s3_client_private.h"
#include "s3/xml.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_MAX ((size_t)8 << 20) /* bytes of 1,000 encoded keys and markup */

/* ---- one page ---- */

struct reading {
	const struct rdb_s3_page_handler *handler;
	struct rdb_s3_page *page;
	bool encoded; /* keys are URL-encoded */
	/* The fields below describe the object or upload that is being parsed. */
	char *key, *etag, *upload;
	uint64_t size;
	time_t mtime;
	bool bad;
};

static int replace(char **at, const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		return -ENOMEM;
	free(*at);
	*at = copy;
	return 0;
}

static int hex_digit(char c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
				      : -1;
}

static bool decode(char *text)
{
	char *to = text;

	for (const char *at = text; *at; at++) {
		int high, low;
		if (*at == '+') {
			*to++ = ' ';
			continue;
		}
		if (*at != '%') {
			*to++ = *at;
			continue;
		}
		high = hex_digit(at[1]);
		low = high >= 0 ? hex_digit(at[2]) : -1;
		if (low < 0 || (high == 0 && low == 0))
			return false;
		*to++ = (char)(high << 4 | low);
		at += 2;
	}
	*to = '\0';
	return true;
}

static void forget(struct reading *r)
{
	free(r->key);
	free(r->etag);
	free(r->upload);
	r->key = r->etag = r->upload = NULL;
	r->size = 0;
	r->mtime = 0;
	r->bad = false;
}

/* Passes an object to the handler at the end of the object's XML element. If the object's key
 * cannot be decoded, skips the object, because no request could name the object. */
static int end_object(struct reading *r)
{
	struct rdb_s3_object object = {r->key, r->etag ? r->etag : "", r->size, r->mtime};
	int ret = 0;

	if (!r->key || r->bad)
		ret = -EBADMSG;
	else if (r->encoded && !decode(r->key))
		ret = 0;
	else if (r->handler->object)
		ret = r->handler->object(r->handler->arg, &object);
	forget(r);
	return ret;
}

static int end_upload(struct reading *r)
{
	int ret = 0;

	if (!r->key || !r->upload)
		ret = -EBADMSG;
	else if ((!r->encoded || decode(r->key)) && r->handler->upload)
		ret = r->handler->upload(r->handler->arg, r->key, r->upload);
	forget(r);
	return ret;
}

static int object_field(struct reading *r, const char *name, const char *text)
{
	if (strcmp(name, "Key") == 0)
		return replace(&r->key, text);
	if (strcmp(name, "ETag") == 0)
		return replace(&r->etag, text);
	if (strcmp(name, "UploadId") == 0)
		return replace(&r->upload, text);
	if (strcmp(name, "Size") == 0)
		r->bad = r->bad || !rdb_s3_number(text, &r->size);
	if (strcmp(name, "LastModified") == 0) {
		r->mtime = rdb_credentials_time(text);
		r->bad = r->bad || r->mtime < 0;
	}
	return 0;
}

static int page_field(struct reading *r, const char *name, const char *text)
{
	struct rdb_s3_page *page = r->page;

	if (strcmp(name, "IsTruncated") == 0)
		page->more = strcmp(text, "true") == 0;
	else if (strcmp(name, "EncodingType") == 0)
		r->encoded = strcmp(text, "url") == 0;
	else if (strcmp(name, "NextContinuationToken") == 0)
		return replace(&page->token, text);
	else if (strcmp(name, "NextKeyMarker") == 0)
		return replace(&page->key, text);
	else if (strcmp(name, "NextUploadIdMarker") == 0)
		return replace(&page->upload, text);
	return 0;
}

static const char *behind(const char *path, const char *prefix)
{
	size_t len = strlen(prefix);

	return strncmp(path, prefix, len) == 0 ? path + len : NULL;
}

static int element(void *arg, const char *path, const char *text)
{
	struct reading *r = arg;
	const char *root = strchr(path, '/'), *name;

	if (!root)
		return strcmp(path, "ListBucketResult") == 0 ||
				       strcmp(path, "ListMultipartUploadsResult") == 0
			       ? 0
			       : -EBADMSG;
	root++;
	if (strcmp(root, "Contents") == 0)
		return end_object(r);
	if (strcmp(root, "Upload") == 0)
		return end_upload(r);
	if ((name = behind(root, "Contents/")) || (name = behind(root, "Upload/")))
		return object_field(r, name, text);
	return page_field(r, root, text);
}

int rdb_s3_page_read(const char *xml, size_t len, const struct rdb_s3_page_handler *handler,
	struct rdb_s3_page *out, struct rdb_err *err)
{
	struct reading r = {.handler = handler, .page = out};
	struct rdb_xml_handler reader = {.element = element, .arg = &r};
	int ret;

	/* Search for the element EncodingType before parsing, because keys are decoded during
	 * parsing, but EncodingType may follow the keys. */
	r.encoded = len && memmem(xml, len, "<EncodingType>url<", 18);
	ret = rdb_xml_read(xml, len, &reader, err);
	if (ret == 0 && r.encoded && out->key && !decode(out->key))
		ret = -EBADMSG;
	if (ret == -EBADMSG)
		rdb_err_set(err, EBADMSG, "the answer is not an S3 listing, or is cut short");
	forget(&r);
	return ret;
}

void rdb_s3_page_free(struct rdb_s3_page *page)
{
	free(page->token);
	free(page->key);
	free(page->upload);
	*page = (struct rdb_s3_page){0};
}

/* ---- all pages ---- */

/* Sets *page to *next, the position of the next page. Returns -EBADMSG if the server announces
 * another page, but *next is empty or equal to *page, because the listing would never end. */
static int advance(struct rdb_s3_page *page, struct rdb_s3_page *next, struct rdb_err *err)
{
	const char *from = next->token ? next->token : next->key;
	const char *before = page->token ? page->token : page->key;
	bool same = from && before && strcmp(from, before) == 0 &&
		    (!next->upload || !page->upload || strcmp(next->upload, page->upload) == 0);

	if (next->more && (!from || same))
		return rdb_err_set(
			err, EBADMSG, "the listing says that it continues, but names no next page");
	rdb_s3_page_free(page);
	*page = *next;
	*next = (struct rdb_s3_page){0};
	return 0;
}

static int read_pages(struct rdb_s3 *s3, const struct rdb_s3_call *like,
	const struct rdb_s3_page_handler *handler, struct rdb_err *err)
{
	struct rdb_http_response response = {0};
	struct rdb_s3_page page = {0}, next = {0};
	int ret;

	do {
		struct rdb_s3_call call = *like;
		if (page.token)
			rdb_s3_query(&call, "continuation-token", page.token);
		if (page.key)
			rdb_s3_query(&call, "key-marker", page.key);
		if (page.upload)
			rdb_s3_query(&call, "upload-id-marker", page.upload);
		ret = rdb_s3_request(s3, &call, &response, err);
		if (ret != 0)
			break;
		ret = rdb_s3_page_read(response.body.data, response.body.len, handler, &next, err);
		if (ret == 0)
			ret = advance(&page, &next, err);
		if (ret == -EBADMSG)
			rdb_err_prefix(err, "s3://%s: ", s3->bucket);
	} while (ret == 0 && page.more);
	rdb_s3_page_free(&page);
	rdb_s3_page_free(&next);
	rdb_http_response_free(&response);
	return ret;
}

int rdb_s3_list(struct rdb_s3 *s3, const char *prefix, bool recursive,
	const struct rdb_s3_wait *wait, int (*each)(void *arg, const struct rdb_s3_object *object),
	void *arg, struct rdb_err *err)
{
	const struct rdb_s3_page_handler handler = {.object = each, .arg = arg};
	struct rdb_s3_call call = {.method = RDB_HTTP_GET, .wait = wait, .body_max = PAGE_MAX};

	rdb_s3_query(&call, "list-type", "2");
	rdb_s3_query(&call, "encoding-type", "url");
	rdb_s3_query(&call, "prefix", prefix);
	if (!recursive)
		rdb_s3_query(&call, "delimiter", "/");
	return read_pages(s3, &call, &handler, err);
}

int rdb_s3_upload_list(struct rdb_s3 *s3, const char *prefix, const struct rdb_s3_wait *wait,
	int (*each)(void *arg, const char *key, const char *id), void *arg, struct rdb_err *err)
{
	const struct rdb_s3_page_handler handler = {.upload = each, .arg = arg};
	struct rdb_s3_call call = {.method = RDB_HTTP_GET, .wait = wait, .body_max = PAGE_MAX};

	/* Send no encoding-type, because Ceph would encode the keys without saying so in the
	 * answer. */
	rdb_s3_query(&call, "uploads", "");
	rdb_s3_query(&call, "prefix", prefix);
	return read_pages(s3, &call, &handler, err);
}
