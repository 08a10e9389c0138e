/* The S3 client against a real service: Ceph's gateway (tests/s3/gateway). */
#include "s3/s3_client.h"
#include "s3/s3_client_private.h"

#include "unit/check.h"

#include <errno.h>
#include <pthread.h>
#include <unistd.h>

static struct rdb_s3 *s3;
static char bucket[64];
static struct rdb_err err;

static struct rdb_s3 *client_of(const char *name)
{
	struct rdb_s3_options options = {.bucket = name, .endpoint = getenv("RDBFS_TEST_S3")};
	struct rdb_s3 *out = NULL;

	REQUIRE(rdb_s3_create(&options, &out, &err) == 0);
	return out;
}

static int simple(enum rdb_http_method method, const char *key, const void *body, size_t len)
{
	struct rdb_s3_call call = {.method = method, .key = key, .body = body, .len = len};
	struct rdb_http_response response = {0};
	int ret = rdb_s3_request(s3, &call, &response, &err);

	rdb_http_response_free(&response);
	return ret;
}

static void put(const char *key, const char *text)
{
	REQUIRE(simple(RDB_HTTP_PUT, key, text, strlen(text)) == 0);
}

static int note(void *arg, const struct rdb_s3_object *object)
{
	CHECK(object->mtime > 1700000000);
	CHECK(object->etag[0] == '"');
	return rdb_buf_printf(arg, "%s=%ju;", object->key, (uintmax_t)object->size);
}

static void check_list(const char *prefix, bool recursive, const char *expected)
{
	struct rdb_buf out = {0};

	CHECK_INT(rdb_s3_list(s3, prefix, recursive, NULL, note, &out, &err), 0);
	CHECK_STR(rdb_buf_cstr(&out), expected);
	rdb_buf_free(&out);
}

static void keys(void)
{
	static const char *const names[] = {"k/a b", "k/a+b", "k/a%2Bb", "k/a:b", "k/\xc3\xa9",
		"k/a&<>\"'", "k/d/e", "k/a=?#;,@$!*()", "k/../x", "k/./y", "k//z"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char buf[16] = "";
		struct rdb_s3_facts facts;
		put(names[i], names[i]);
		CHECK_INT(rdb_s3_head(s3, names[i], NULL, &facts, &err), 0);
		CHECK_INT(facts.size, strlen(names[i]));
		CHECK_STR(facts.type, "");
		CHECK_INT(rdb_s3_get(s3, names[i], facts.etag, 1, buf, facts.size - 1, NULL, &err),
			0);
		CHECK_STR(buf, names[i] + 1);
	}
	check_list(
		"k/a", false, "k/a b=5;k/a%2Bb=7;k/a&<>\"'=8;k/a+b=5;k/a:b=5;k/a=?#;,@$!*()=14;");
	check_list("k/d", true, "k/d/e=5;");
	check_list("k/d", false, "");
	check_list("none/", true, "");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		CHECK_INT(rdb_s3_delete(s3, names[i], NULL, &err), 0);
	check_list("k/", true, "");
	CHECK_INT(rdb_s3_delete(s3, "k/a b", NULL, &err), 0);
}

static int count(void *arg, const struct rdb_s3_object *object)
{
	(void)object;
	++*(size_t *)arg;
	return 0;
}

static int stop(void *arg, const struct rdb_s3_object *object)
{
	(void)object;
	return ++*(size_t *)arg == 3 ? -EINTR : 0;
}

#define PUTTING 11

/* A hundred objects. */
static void *put_some(void *arg)
{
	const int *from = arg;
	char key[32];

	for (int i = *from; i < *from + 100; i++) {
		snprintf(key, sizeof(key), "m/%05d", i);
		put(key, "x");
	}
	return NULL;
}

static void many_objects_are_listed(void)
{
	pthread_t threads[PUTTING];
	int from[PUTTING];
	size_t found = 0;
	uint64_t before;

	for (int i = 0; i < PUTTING; i++) {
		from[i] = i * 100;
		REQUIRE(pthread_create(&threads[i], NULL, put_some, &from[i]) == 0);
	}
	for (int i = 0; i < PUTTING; i++)
		pthread_join(threads[i], NULL);
	before = rdb_s3_requests(s3);
	CHECK_INT(rdb_s3_list(s3, "m/", false, NULL, count, &found, &err), 0);
	CHECK_INT(found, 1100);
	CHECK_INT(rdb_s3_requests(s3) - before, 2);
	found = 0;
	CHECK_INT(rdb_s3_list(s3, "m/", false, NULL, stop, &found, &err), -EINTR);
	CHECK_INT(found, 3);
}

static void ranges(void)
{
	struct rdb_s3_facts facts;
	struct rdb_http_stream *stream;
	char buf[16] = "";

	put("r", "0123456789");
	REQUIRE(rdb_s3_head(s3, "r", NULL, &facts, &err) == 0);
	CHECK_INT(rdb_s3_get(s3, "r", facts.etag, 3, buf, 4, NULL, &err), 0);
	CHECK_STR(buf, "3456");
	CHECK_INT(rdb_s3_get(s3, "r", NULL, 10, buf, 1, NULL, &err), -ERANGE);
	CHECK_INT(rdb_s3_get(s3, "r", NULL, 8, buf, 4, NULL, &err), -ERANGE);
	CHECK_INT(rdb_s3_get_stream(s3, "r", facts.etag, 2, 5, 4096, NULL, &stream, &err), 0);
	memset(buf, 0, sizeof(buf));
	CHECK_INT(rdb_http_stream_read(stream, buf, sizeof(buf), &err), 5);
	CHECK_STR(buf, "23456");
	CHECK_INT(rdb_http_stream_read(stream, buf, sizeof(buf), &err), 0);
	rdb_http_stream_close(stream);
	put("r", "abcdefghij");
	CHECK_INT(rdb_s3_get(s3, "r", facts.etag, 3, buf, 4, NULL, &err), -ESTALE);
	CHECK_INT(rdb_s3_get_stream(s3, "r", facts.etag, 2, 5, 4096, NULL, &stream, &err), -ESTALE);
	CHECK_INT(rdb_s3_get(s3, "none", NULL, 3, buf, 4, NULL, &err), -ENOENT);
	CHECK(strstr(err.text, "s3://") && strstr(err.text, "/none"));
	CHECK_INT(rdb_s3_head(s3, "none", NULL, &facts, &err), -ENOENT);
}

static int note_upload(void *arg, const char *key, const char *id)
{
	(void)id;
	return rdb_buf_printf(arg, "%s;", key);
}

static void check_uploads(const char *expected)
{
	struct rdb_buf out = {0};

	CHECK_INT(rdb_s3_upload_list(s3, "u ", NULL, note_upload, &out, &err), 0);
	CHECK_STR(rdb_buf_cstr(&out) ? out.data : "", expected);
	rdb_buf_free(&out);
}

static void uploads_of_several_parts(void)
{
	static char part[5 << 20];
	char id[RDB_S3_UPLOAD_ID], etags[2 * RDB_S3_ETAG], etag[RDB_S3_ETAG];
	bool repeated;
	struct rdb_s3_facts facts;
	char byte;

	memset(part, 'p', sizeof(part));
	REQUIRE(rdb_s3_upload_create(s3, "u +", "daily", "here", NULL, id, &repeated, &err) == 0);
	CHECK(!repeated);
	check_uploads("u +;");
	CHECK_INT(
		rdb_s3_upload_part(s3, "u +", id, 2, "end", 3, NULL, etags + RDB_S3_ETAG, &err), 0);
	CHECK_INT(rdb_s3_upload_part(s3, "u +", id, 1, part, sizeof(part), NULL, etags, &err), 0);
	CHECK_INT(rdb_s3_head(s3, "u +", NULL, &facts, &err), -ENOENT);
	CHECK_INT(rdb_s3_upload_complete(s3, "u +", id, etags, 2, true, NULL, etag, &err), 0);
	CHECK_INT(rdb_s3_head(s3, "u +", NULL, &facts, &err), 0);
	CHECK_INT(facts.size, sizeof(part) + 3);
	CHECK_STR(facts.type, "daily");
	CHECK_STR(facts.home, "here");
	/* Ceph's gateway returns no ETag at times. */
	if (etag[0])
		CHECK_STR(facts.etag, etag);
	CHECK_INT(rdb_s3_get(s3, "u +", facts.etag, sizeof(part), &byte, 1, NULL, &err), 0);
	CHECK_INT(byte, 'e');
	check_uploads("");
	REQUIRE(rdb_s3_upload_create(s3, "u +", "daily", "here", NULL, id, &repeated, &err) == 0);
	CHECK(!repeated);
	CHECK_INT(rdb_s3_upload_part(s3, "u +", id, 1, "x", 1, NULL, etags, &err), 0);
	CHECK_INT(rdb_s3_upload_abort(s3, "u +", id, NULL, &err), 0);
	CHECK_INT(rdb_s3_upload_abort(s3, "u +", id, NULL, &err), 0);
	check_uploads("");
	CHECK_INT(rdb_s3_upload_part(s3, "u +", id, 1, "x", 1, NULL, etags, &err), -ENOENT);
}

/* ---- refusals ---- */

static int list_as(const char *name, const char *access, const char *secret)
{
	struct rdb_s3 *other;
	size_t found = 0;
	char *old_access = strdup(getenv("AWS_ACCESS_KEY_ID"));
	char *old_secret = strdup(getenv("AWS_SECRET_ACCESS_KEY"));
	int ret;

	setenv("AWS_ACCESS_KEY_ID", access ? access : old_access, 1);
	setenv("AWS_SECRET_ACCESS_KEY", secret ? secret : old_secret, 1);
	other = client_of(name);
	ret = rdb_s3_list(other, "", true, NULL, count, &found, &err);
	rdb_s3_unref(other);
	setenv("AWS_ACCESS_KEY_ID", old_access, 1);
	setenv("AWS_SECRET_ACCESS_KEY", old_secret, 1);
	free(old_access);
	free(old_secret);
	return ret;
}

static void refusals(void)
{
	CHECK_INT(list_as("no-such-bucket-at-all", NULL, NULL), -ENOENT);
	CHECK(strstr(err.text, "no-such-bucket-at-all") && strstr(err.text, "create the bucket"));
	CHECK_INT(list_as(bucket, NULL, "wrong"), -EACCES);
	CHECK(strstr(err.text, "the secret key is wrong") && !strstr(err.text, "RDBSECRET"));
	CHECK_INT(list_as(bucket, "NOBODY", NULL), -EACCES);
	CHECK(strstr(err.text, "does not know this access key"));
}

int main(int argc, char **argv)
{
	const char *data = getenv("RDBFS_TEST_DATA");
	char gateway[4096];

	(void)argc;
	if (!getenv("RDBFS_TEST_S3")) {
		snprintf(gateway, sizeof(gateway), "%s/../s3/gateway", data ? data : "tests/data");
		execl(gateway, gateway, "run", argv[0], (char *)NULL);
		perror(gateway);
		return 1;
	}
	snprintf(bucket, sizeof(bucket), "client-%d-%ld", getpid(), (long)time(NULL));
	s3 = client_of(bucket);
	REQUIRE(simple(RDB_HTTP_PUT, NULL, NULL, 0) == 0);
	RUN(keys);
	RUN(many_objects_are_listed);
	RUN(ranges);
	RUN(uploads_of_several_parts);
	RUN(refusals);
	rdb_s3_unref(s3);
	CHECK_EXIT();
}
