/* Fuzzes XML answers of an S3 service: listings and errors. For any input, keys are text, a region
 * is valid as a part of a host name, and nothing is read past the end. */
#include "s3/list.h"
#include "s3/s3_client_private.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
	if (!condition)
		abort();
}

static int check_object(void *arg, const struct rdb_s3_object *object)
{
	size_t *count = arg;

	require(object->key && object->etag && object->mtime >= 0);
	return ++*count > 100000 ? -E2BIG : 0;
}

static int check_upload(void *arg, const char *key, const char *id)
{
	(void)arg;
	require(key && id);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t count = 0;
	struct rdb_s3_page_handler handler = {
		.object = check_object, .upload = check_upload, .arg = &count};
	struct rdb_http_response response = {.body = {.data = malloc(size + 1), .len = size}};
	struct rdb_s3_page page = {0};
	struct rdb_s3_problem problem;
	struct rdb_err err;

	require(response.body.data != NULL);
	memcpy(response.body.data, data, size);
	rdb_s3_page_read(response.body.data, size, &handler, &page, &err);
	rdb_s3_page_free(&page);
	rdb_s3_problem_read(&response, &problem);
	require(problem.region[strspn(problem.region, "abcdefghijklmnopqrstuvwxyz0123456789-")] ==
		'\0');
	rdb_http_response_free(&response);
	return 0;
}
