/* Signatures, answers and credentials of S3, without a service. */
#include "s3/credentials.h"
#include "s3/list.h"
#include "s3/profile.h"
#include "s3/s3_client.h"
#include "s3/s3_client_private.h"
#include "s3/sign.h"
#include "s3/xml.h"

#include "base/vault.h"
#include "unit/check.h"
#include "unit/http_server.h"

#include <errno.h>
#include <sys/stat.h>

static struct rdb_http *http;
static struct http_server server;
static struct rdb_err err;

/* ---- signatures: the published test suite, and the examples of the S3 manual ---- */

#define EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static void check_signature(struct rdb_sign_request *request, const char *access,
	const char *secret, const char *signature)
{
	struct rdb_buf out = {0};
	char expected[128];

	REQUIRE(rdb_sign(request, access, secret, &out) == 0);
	snprintf(expected, sizeof(expected), "Signature=%s", signature);
	CHECK_STR(strstr(rdb_buf_cstr(&out), "Signature="), expected);
	rdb_buf_free(&out);
}

static void suite(const char *method, const char *path, struct rdb_pair *query, size_t count,
	const char *signature)
{
	struct rdb_pair headers[] = {
		{"x-amz-date", "20150830T123600Z"}, {"host", "example.amazonaws.com"}};
	struct rdb_sign_request request = {.method = method,
		.path = path,
		.query = query,
		.query_count = count,
		.headers = headers,
		.header_count = 2,
		.body_hash = EMPTY,
		.region = "us-east-1",
		.service = "service",
		.time = 1440938160};

	check_signature(
		&request, "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", signature);
}

static void signature_suite(void)
{
	struct rdb_pair order[] = {{"Param2", "value2"}, {"Param1", "value1"}};

	suite("GET", "/", NULL, 0,
		"5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
	suite("POST", "/", NULL, 0,
		"5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b");
	suite("GET", "/", order, 2,
		"b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500");
}

static void manual(struct rdb_sign_request *request, const char *signature)
{
	request->region = "us-east-1";
	request->service = "s3";
	request->time = 1369353600;
	check_signature(request, "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
		signature);
}

static void signature_manual(void)
{
	struct rdb_pair get[] = {{"host", "examplebucket.s3.amazonaws.com"}, {"range", "bytes=0-9"},
		{"x-amz-content-sha256", EMPTY}, {"x-amz-date", "20130524T000000Z"}};
	struct rdb_pair list[] = {{"host", "examplebucket.s3.amazonaws.com"},
		{"x-amz-content-sha256", EMPTY}, {"x-amz-date", "20130524T000000Z"}};
	struct rdb_pair lifecycle[] = {{"lifecycle", ""}};
	struct rdb_pair query[] = {{"prefix", "J"}, {"max-keys", "2"}};
	const char *hash = "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072";
	struct rdb_pair put[] = {{"date", "Fri, 24 May 2013 00:00:00 GMT"},
		{"host", "examplebucket.s3.amazonaws.com"}, {"x-amz-content-sha256", hash},
		{"x-amz-date", "20130524T000000Z"}, {"x-amz-storage-class", "REDUCED_REDUNDANCY"}};
	struct rdb_sign_request request = {.method = "GET",
		.path = "/test.txt",
		.headers = get,
		.header_count = 4,
		.body_hash = EMPTY};

	manual(&request, "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
	request = (struct rdb_sign_request){.method = "GET",
		.path = "/",
		.headers = list,
		.header_count = 3,
		.body_hash = EMPTY,
		.query = lifecycle,
		.query_count = 1};
	manual(&request, "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
	request.query = query;
	request.query_count = 2;
	manual(&request, "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
	request = (struct rdb_sign_request){.method = "PUT",
		.path = "/test%24file.text",
		.headers = put,
		.header_count = 5,
		.body_hash = hash};
	manual(&request, "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
}

static void encoding(void)
{
	struct rdb_buf out = {0};

	REQUIRE(rdb_percent_encode(&out, "a/b c+%:\xc3\xa9~-_.", true) == 0);
	CHECK_STR(rdb_buf_cstr(&out), "a/b%20c%2B%25%3A%C3%A9~-_.");
	rdb_buf_clear(&out);
	REQUIRE(rdb_percent_encode(&out, "a/b", false) == 0);
	CHECK_STR(rdb_buf_cstr(&out), "a%2Fb");
	rdb_buf_free(&out);
}

/* ---- XML ---- */

static int note(void *arg, const char *path, const char *text)
{
	return rdb_buf_printf(arg, "%s=%s;", path, text);
}

static int read_xml(const char *text, struct rdb_buf *out)
{
	struct rdb_xml_handler handler = {.element = note, .arg = out};

	rdb_buf_clear(out);
	return rdb_xml_read(text, strlen(text), &handler, &err);
}

static void check_xml(const char *text, const char *expected)
{
	struct rdb_buf out = {0};

	CHECK_INT(read_xml(text, &out), 0);
	CHECK_STR(rdb_buf_cstr(&out), expected);
	rdb_buf_free(&out);
}

static void xml(void)
{
	check_xml("<a/>", "a=;");
	check_xml("\xef\xbb\xbf<?xml version=\"1.0\"?>\n<a xmlns='x>y'><b>1</b> <c/></a>\n",
		"a/b=1;a/c=;a=;");
	check_xml("<x:a><!-- <no> --><x:b>&lt;&amp;&#233;&#x1F600;&quot;</x:b></x:a>",
		"a/b=<&\xc3\xa9\xf0\x9f\x98\x80\";a=;");
	check_xml("<a><![CDATA[<&]]></a>", "a=<&;");
	check_xml("<a>1<b/>2</a>", "a/b=;a=;");
}

static void xml_refused(void)
{
	static const char *const bad[] = {"", " ", "x", "<", "<a", "<a>", "<a></b>", "<a></a></a>",
		"<a></a><b></b>", "<a></a>x", "x<a></a>", "<a>&nbsp;</a>", "<a>&</a>",
		"<a>&#0;</a>", "<a>&#xD800;</a>", "<a>&#x110000;</a>", "<a>&;</a>", "<a>&#;</a>",
		"<a b='></a>", "<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>", "<a><!ENTITY></a>",
		"<a><![CDATA[</a>", "<a><!--</a>", "<?xml", "<a/", "<></>", "<a b=<c></a>",
		"<a><b><c><d><e><f><g><h><i/></h></g></f></e></d></c></b></a>"};
	struct rdb_buf out = {0};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK_INT(read_xml(bad[i], &out), -EBADMSG);
	rdb_buf_free(&out);
}

/* ---- listings ---- */

static int note_object(void *arg, const struct rdb_s3_object *object)
{
	return rdb_buf_printf(arg, "%s %s %ju %jd;", object->key, object->etag,
		(uintmax_t)object->size, (intmax_t)object->mtime);
}

static int note_upload(void *arg, const char *key, const char *id)
{
	return rdb_buf_printf(arg, "%s %s;", key, id);
}

static int read_page(const char *text, struct rdb_buf *out, struct rdb_s3_page *page)
{
	struct rdb_s3_page_handler handler = {
		.object = note_object, .upload = note_upload, .arg = out};

	rdb_buf_clear(out);
	*page = (struct rdb_s3_page){0};
	return rdb_s3_page_read(text, strlen(text), &handler, page, &err);
}

#define ENTRY(key, size)                                                                           \
	"<Contents><Key>" key "</Key><LastModified>2026-11-29T08:00:00.000Z</LastModified>"        \
	"<ETag>&quot;e&quot;</ETag><Size>" size "</Size><Owner><ID>x</ID></Owner></Contents>"

static void pages(void)
{
	struct rdb_buf out = {0};
	struct rdb_s3_page page;

	CHECK_INT(read_page("<ListBucketResult><Name>b</Name><IsTruncated>true</IsTruncated>"
			    "<NextContinuationToken>t&amp;</NextContinuationToken>" ENTRY(
				    "a%2Bb%20c+d",
				    "12") "<EncodingType>url</EncodingType></ListBucketResult>",
			  &out, &page),
		0);
	CHECK_STR(rdb_buf_cstr(&out), "a+b c d \"e\" 12 1795939200;");
	CHECK(page.more);
	CHECK_STR(page.token, "t&");
	rdb_s3_page_free(&page);
	CHECK_INT(read_page("<ListBucketResult>" ENTRY("a%2Bb", "0") "</ListBucketResult>", &out,
			  &page),
		0);
	CHECK_STR(rdb_buf_cstr(&out), "a%2Bb \"e\" 0 1795939200;");
	CHECK(!page.more);
	rdb_s3_page_free(&page);
	CHECK_INT(read_page("<ListMultipartUploadsResult><IsTruncated>false</IsTruncated><Upload>"
			    "<Key>k</Key><UploadId>u</UploadId></Upload>"
			    "</ListMultipartUploadsResult>",
			  &out, &page),
		0);
	CHECK_STR(rdb_buf_cstr(&out), "k u;");
	rdb_s3_page_free(&page);
	rdb_buf_free(&out);
}

static void pages_refused(void)
{
	static const char *const bad[] = {"<Error><Code>SlowDown</Code></Error>", "<html></html>",
		"<ListBucketResult>" ENTRY("a", "x") "</ListBucketResult>",
		"<ListBucketResult>" ENTRY("a", "99999999999999999999") "</ListBucketResult>",
		"<ListBucketResult>" ENTRY("a", "-1") "</ListBucketResult>",
		"<ListBucketResult><Contents></Contents></ListBucketResult>",
		"<ListBucketResult>" ENTRY("a", "1"),
		("<ListMultipartUploadsResult><Upload><Key>k</Key></Upload>"
		 "</ListMultipartUploadsResult>")};
	struct rdb_buf out = {0};
	struct rdb_s3_page page;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CHECK_INT(read_page(bad[i], &out, &page), -EBADMSG);
		rdb_s3_page_free(&page);
	}
	rdb_buf_free(&out);
}

/* ---- files of settings ---- */

static void check_entry(const char *text, int prefixed, const char *section, const char *expected)
{
	char *value = rdb_profile_find(text, strlen(text), section, prefixed, "key");

	if (expected)
		CHECK_STR(value, expected);
	else
		CHECK(!value);
	rdb_vault_free(value);
}

static void profiles(void)
{
	static const char text[] =
		"key = outside\n# [default]\n[default]\r\nkey = one two \r\n"
		"[profile b]\nkey=2 ; comment\n nested = x\n  key = nested\n"
		"[ c ]\nkey = a#b\nother\n=\n[d]\nkey =\n[e\nkey = 5\n[default]\n";

	check_entry(text, 0, "default", "one two");
	check_entry(text, 0, "b", NULL);
	check_entry(text, 1, "b", "2");
	check_entry(text, 0, "c", "a#b");
	check_entry(text, 0, "d", NULL);
	check_entry(text, 0, "e", NULL);
	check_entry(text, 0, "none", NULL);
	check_entry("", 0, "default", NULL);
}

/* ---- credentials ---- */

static const char *const variables[] = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY",
	"AWS_SESSION_TOKEN", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN", "AWS_PROFILE",
	"AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
	"AWS_CONTAINER_AUTHORIZATION_TOKEN", "AWS_EC2_METADATA_SERVICE_ENDPOINT",
	"AWS_ENDPOINT_URL_STS", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"};

static char *in_folder(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", http_folder, name);
	return path;
}

static void write_file(const char *name, const char *text)
{
	char command[512];
	FILE *file;

	snprintf(command, sizeof(command), "mkdir -p $(dirname %s)", in_folder(name));
	REQUIRE(system(command) == 0);
	file = fopen(in_folder(name), "w");
	REQUIRE(file && fputs(text, file) >= 0 && fclose(file) == 0);
}

/* Neither a variable nor a file contains credentials. */
static void no_credentials(void)
{
	for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++)
		unsetenv(variables[i]);
	setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
	setenv("AWS_SHARED_CREDENTIALS_FILE", in_folder("credentials"), 1);
	setenv("AWS_CONFIG_FILE", in_folder("config"), 1);
	unlink(in_folder("credentials"));
	unlink(in_folder("config"));
}

static int find(struct rdb_credentials *out)
{
	struct rdb_credential_chain *chain;
	int ret;

	REQUIRE(rdb_credential_chain_create(http, &chain) == 0);
	ret = rdb_credential_chain_get(chain, NULL, out, &err);
	rdb_credential_chain_destroy(chain);
	return ret;
}

static void check_found(const char *access, const char *secret, const char *token)
{
	struct rdb_credentials found = {0};

	CHECK_INT(find(&found), 0);
	if (found.access_key) {
		CHECK_STR(found.access_key, access);
		CHECK_STR(found.secret_key, secret);
		if (token)
			CHECK_STR(found.token, token);
		else
			CHECK(!found.token);
	}
	rdb_credentials_free(&found);
}

static void check_not_found(int code)
{
	struct rdb_credentials found = {0};

	CHECK_INT(find(&found), -code);
	CHECK(!found.access_key);
}

static void credentials_none(void)
{
	no_credentials();
	check_not_found(EACCES);
	CHECK(strstr(err.text, "no credentials"));
	CHECK(strstr(err.text, "AWS_ACCESS_KEY_ID"));
}

static void credentials_environment(void)
{
	no_credentials();
	setenv("AWS_ACCESS_KEY_ID", "A", 1);
	check_not_found(EINVAL);
	CHECK(strstr(err.text, "AWS_SECRET_ACCESS_KEY is not"));
	setenv("AWS_SECRET_ACCESS_KEY", "S", 1);
	check_found("A", "S", NULL);
	setenv("AWS_SESSION_TOKEN", "T", 1);
	write_file("credentials", "[default]\naws_access_key_id=F\naws_secret_access_key=G\n");
	check_found("A", "S", "T");
}

static void credentials_profile(void)
{
	no_credentials();
	write_file("credentials", "[default]\naws_access_key_id=F\naws_secret_access_key=G\n"
				  "[p]\naws_access_key_id=P\naws_secret_access_key=Q\n"
				  "aws_session_token=R\n");
	check_found("F", "G", NULL);
	setenv("AWS_PROFILE", "p", 1);
	check_found("P", "Q", "R");
	setenv("AWS_PROFILE", "q", 1);
	check_not_found(EACCES);
	CHECK(strstr(err.text, "\"q\""));
	write_file("config", "[profile q]\naws_access_key_id=C\naws_secret_access_key=D\n");
	check_found("C", "D", NULL);
	unlink(in_folder("config"));
	mkdir(in_folder("config"), 0700);
	check_not_found(EINVAL);
	rmdir(in_folder("config"));
}

static void credentials_program(void)
{
	char text[512];

	no_credentials();
	write_file("answer", "{\"Version\":1,\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"S\","
			     "\"SessionToken\":\"T\",\"Expiration\":\"2099-01-01T00:00:00Z\"}");
	snprintf(text, sizeof(text), "[default]\ncredential_process = cat \"%s\"\n",
		in_folder("answer"));
	write_file("config", text);
	check_found("A", "S", "T");
	write_file("config", "[default]\ncredential_process = echo secret; false\n");
	check_not_found(EACCES);
	CHECK(strstr(err.text, "credential_process") && !strstr(err.text, "secret"));
	write_file("config", "[default]\ncredential_process = echo '{}'\n");
	check_not_found(EINVAL);
	write_file("config", "[default]\ncredential_process = head -c 100000 /dev/zero\n");
	check_not_found(EFBIG);
}

static void credentials_container(void)
{
	char url[128];

	no_credentials();
	snprintf(url, sizeof(url), "http://%s/container", server.address);
	setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", url, 1);
	setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "word", 1);
	write_file("container", "{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"S\","
				"\"Token\":\"T\",\"Expiration\":\"2099-01-01T00:00:00Z\"}");
	check_found("A", "S", "T");
	write_file("container", "{\"AccessKeyId\":\"A\"}");
	check_not_found(EINVAL);
	write_file("container", "{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"S\","
				"\"Expiration\":\"soon\"}");
	check_not_found(EINVAL);
}

static void credentials_instance(void)
{
	char url[128];

	no_credentials();
	unsetenv("AWS_EC2_METADATA_DISABLED");
	snprintf(url, sizeof(url), "http://%s", server.address);
	setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", url, 1);
	write_file("latest/api/token", "word");
	write_file("latest/meta-data/iam/security-credentials/role",
		"{\"Code\":\"Success\",\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"S\","
		"\"Token\":\"T\",\"Expiration\":\"2099-01-01T00:00:00Z\"}");
	check_not_found(EACCES);
	write_file("latest/meta-data/iam/security-credentials/index", "role\n");
	check_found("A", "S", "T");
	setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:1", 1);
	check_not_found(EACCES);
}

static void credentials_web_identity(void)
{
	char url[128];

	no_credentials();
	snprintf(url, sizeof(url), "http://%s/sts", server.address);
	setenv("AWS_ENDPOINT_URL_STS", url, 1);
	setenv("AWS_WEB_IDENTITY_TOKEN_FILE", in_folder("identity"), 1);
	setenv("AWS_ROLE_ARN", "arn:aws:iam::1:role/r", 1);
	unlink(in_folder("identity"));
	check_not_found(EINVAL);
	write_file("identity", "token\n");
	write_file("sts",
		"<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult>"
		"<Credentials><AccessKeyId>A</AccessKeyId><SecretAccessKey>S</SecretAccessKey>"
		"<SessionToken>T</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration>"
		"</Credentials></AssumeRoleWithWebIdentityResult>"
		"</AssumeRoleWithWebIdentityResponse>");
	check_found("A", "S", "T");
	write_file("sts", "<Error/>");
	check_not_found(EINVAL);
}

/* Credentials that expire soon are renewed at each use; rejected ones, once. */
static void credentials_renewed(void)
{
	struct rdb_credential_chain *chain;
	struct rdb_credentials found = {0};
	char text[512], soon[32];
	time_t when = time(NULL) + 60;
	struct tm tm;

	no_credentials();
	strftime(soon, sizeof(soon), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&when, &tm));
	snprintf(text, sizeof(text),
		"[default]\ncredential_process = n=$(cat %s || echo 0); n=$((n+1)); echo $n >%s; "
		"echo "
		"{'\"AccessKeyId\":\"'A$n'\",\"SecretAccessKey\":\"S\",\"Expiration\":\"%s\"}'\n",
		"$COUNT 2>/dev/null", "$COUNT", soon);
	setenv("COUNT", in_folder("count"), 1);
	write_file("config", text);
	REQUIRE(rdb_credential_chain_create(http, &chain) == 0);
	CHECK_INT(rdb_credential_chain_get(chain, NULL, &found, &err), 0);
	CHECK_STR(found.access_key, "A1");
	rdb_credentials_free(&found);
	CHECK_INT(rdb_credential_chain_get(chain, NULL, &found, &err), 0);
	CHECK_STR(found.access_key, "A2");
	rdb_credentials_free(&found);
	/* Valid credentials stay in use if their renewal fails. */
	write_file("config", "[default]\ncredential_process = false\n");
	CHECK_INT(rdb_credential_chain_get(chain, NULL, &found, &err), 0);
	CHECK_STR(found.access_key, "A2");
	rdb_credentials_free(&found);
	rdb_credential_chain_expire(chain, "A1");
	CHECK_INT(rdb_credential_chain_get(chain, NULL, &found, &err), 0);
	rdb_credentials_free(&found);
	rdb_credential_chain_expire(chain, "A2");
	CHECK_INT(rdb_credential_chain_get(chain, NULL, &found, &err), -EACCES);
	rdb_credential_chain_destroy(chain);
}

struct search {
	struct rdb_credential_chain *chain;
	struct rdb_cancel cancel;
	int ret;
};

static void *search(void *arg)
{
	struct search *search = arg;
	struct rdb_credentials found = {0};
	struct rdb_err failure = {0};

	search->ret = rdb_credential_chain_get(search->chain, &search->cancel, &found, &failure);
	rdb_credentials_free(&found);
	return NULL;
}

/* A thread that waits for another thread's search obeys its own cancel request. */
static void credentials_cancelled(void)
{
	struct search first = {0};
	struct rdb_cancel second;
	struct rdb_credentials found = {0};
	pthread_t thread;

	no_credentials();
	setenv("STARTED", in_folder("started"), 1);
	write_file("config", "[default]\ncredential_process = touch \"$STARTED\"; sleep 50\n");
	REQUIRE(rdb_credential_chain_create(http, &first.chain) == 0);
	REQUIRE(rdb_cancel_init(&first.cancel) == 0 && rdb_cancel_init(&second) == 0);
	rdb_cancel_fire(&second);
	REQUIRE(pthread_create(&thread, NULL, search, &first) == 0);
	for (int i = 0; i < 6000 && access(in_folder("started"), F_OK) != 0; i++)
		usleep(10000);
	CHECK(access(in_folder("started"), F_OK) == 0);
	CHECK_INT(rdb_credential_chain_get(first.chain, &second, &found, &err), -ECANCELED);
	rdb_cancel_fire(&first.cancel);
	pthread_join(thread, NULL);
	CHECK_INT(first.ret, -ECANCELED);
	rdb_cancel_destroy(&first.cancel);
	rdb_cancel_destroy(&second);
	rdb_credential_chain_destroy(first.chain);
}

static void times(void)
{
	CHECK_INT(rdb_credentials_time("1970-01-01T00:00:10Z"), 10);
	CHECK_INT(rdb_credentials_time("1970-01-01T00:00:10.123Z"), 10);
	CHECK_INT(rdb_credentials_time("1970-01-01T02:00:10+02:00"), 10);
	CHECK_INT(rdb_credentials_time("1970-01-01"), -1);
	CHECK_INT(rdb_credentials_time(""), -1);
	CHECK_INT(rdb_credentials_time("1970-01-01T00:00:10"), -1);
}

/* ---- the client's settings ---- */

static int create(const char *bucket, const char *endpoint, const char *region)
{
	struct rdb_s3_options options = {.bucket = bucket, .endpoint = endpoint, .region = region};
	struct rdb_s3 *s3 = NULL;
	int ret = rdb_s3_create(&options, &s3, &err);

	rdb_s3_unref(s3);
	return ret;
}

static void settings(void)
{
	no_credentials();
	CHECK_INT(create("bucket", NULL, NULL), 0);
	CHECK_INT(create("bucket", "https://host:9000/base/", "eu-central-1"), 0);
	CHECK_INT(create("b", NULL, NULL), -EINVAL);
	CHECK_INT(create("a/b", NULL, NULL), -EINVAL);
	CHECK_INT(create("bucket", "host:9000", NULL), -EINVAL);
	CHECK_INT(create("bucket", "ftp://host", NULL), -EINVAL);
	CHECK_INT(create("bucket", "https://", NULL), -EINVAL);
	CHECK_INT(create("bucket", "https://key:secret@host", NULL), -EINVAL);
	CHECK_INT(create("bucket", "https://host/?x", NULL), -EINVAL);
	CHECK_INT(create("bucket", NULL, "evil.example/"), -EINVAL);
}

static void check_service(const char *endpoint, const char *region, const char *expected)
{
	const struct rdb_s3_options options = {
		.bucket = "bucket", .endpoint = endpoint, .region = region};
	struct rdb_s3 *s3;

	REQUIRE(rdb_s3_create(&options, &s3, &err) == 0);
	CHECK_STR(rdb_s3_service(s3), expected);
	rdb_s3_unref(s3);
}

/* Spellings of one endpoint are one service. */
static void services(void)
{
	no_credentials();
	check_service("https://host.example/Base", NULL, "https://host.example/Base");
	check_service("HTTPS://Host.Example:443/Base//", NULL, "https://host.example/Base");
	check_service("Http://HOST:80", NULL, "http://host");
	check_service("http://host:443/", NULL, "http://host:443");
	check_service(NULL, NULL, "aws");
	check_service(NULL, "cn-north-1", "aws-cn");
	check_service(NULL, "us-gov-west-1", "aws-us-gov");
}

int main(void)
{
	struct rdb_http_options options = {0};

	http_folder_create();
	http_server_start(&server, 0);
	REQUIRE(rdb_http_create(&options, &http, NULL) == 0);
	RUN(signature_suite);
	RUN(signature_manual);
	RUN(encoding);
	RUN(xml);
	RUN(xml_refused);
	RUN(pages);
	RUN(pages_refused);
	RUN(profiles);
	RUN(credentials_none);
	RUN(credentials_environment);
	RUN(credentials_profile);
	RUN(credentials_program);
	RUN(credentials_container);
	RUN(credentials_instance);
	RUN(credentials_web_identity);
	RUN(credentials_renewed);
	RUN(credentials_cancelled);
	RUN(times);
	RUN(settings);
	RUN(services);
	rdb_http_destroy(http);
	http_server_stop(&server);
	http_folder_remove();
	CHECK_EXIT();
}
