#include "json/primary_key.h"

#include "unit/check.h"
#include "json/key_name.h"

#include <errno.h>

static struct rdb_json_span span(const char *json)
{
	return (struct rdb_json_span){json, strlen(json)};
}

static struct rdb_primary_key encode(const char *json)
{
	struct rdb_primary_key key;

	CHECK_INT(rdb_primary_key_encode(span(json), &key), 0);
	return key;
}

static int compare(const char *a, const char *b)
{
	struct rdb_primary_key left = encode(a), right = encode(b);

	return rdb_primary_key_compare(&left, &right);
}

/* Keys in the order in which a server returned them. */
static const char *const ordered[] = {
	"[]",
	"[[1],2]",
	"[\"a\",1]",
	"[\"a\",2]",
	"[\"b\"]",
	"false",
	"true",
	"-1.5e300",
	"-2",
	"-1",
	"0",
	"0.5",
	"17",
	"1e20",
	"{\"$reql_type$\":\"BINARY\",\"data\":\"\"}",
	"{\"$reql_type$\":\"BINARY\",\"data\":\"AA==\"}",
	"{\"$reql_type$\":\"BINARY\",\"data\":\"AAE=\"}",
	"{\"$reql_type$\":\"BINARY\",\"data\":\"Ag==\"}",
	"{\"$reql_type$\":\"TIME\",\"epoch_time\":-1,\"timezone\":\"+00:00\"}",
	"{\"$reql_type$\":\"TIME\",\"epoch_time\":1.5,\"timezone\":\"+00:00\"}",
	"\"\"",
	"\"17\"",
	"\"Z\"",
	"\"a\"",
	"\"a \"",
	"\"\\u00e9\"",
	"\"\\ud83d\\ude00\"",
};

static void test_order(void)
{
	const size_t count = sizeof(ordered) / sizeof(ordered[0]);

	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < count; j++) {
			int order = compare(ordered[i], ordered[j]);
			CHECK_INT((order > 0) - (order < 0), (i > j) - (i < j));
		}
}

static void test_spellings_of_one_key(void)
{
	CHECK_INT(compare("17", "1.7e1"), 0);
	CHECK_INT(compare("-0.0", "0"), 0);
	CHECK_INT(compare("\"\\u0061\\/\"", "\"a/\""), 0);
	CHECK_INT(compare("[ 1 , \"a\" ]", "[1.0,\"\\u0061\"]"), 0);
	CHECK_INT(compare("\"\xc3\xa9\"", "\"\\u00e9\""), 0);
	CHECK_INT(compare("{\"data\":\"QUJD\\r\\nREVG\",\"$reql_type$\":\"BINARY\"}",
			  "{\"$reql_type$\":\"BINARY\",\"data\":\"QUJDREVG\"}"),
		0);
	CHECK_INT(compare("{\"$reql_type$\":\"TIME\",\"epoch_time\":1,\"timezone\":\"+00:00\"}",
			  "{\"timezone\":\"+02:00\",\"$reql_type$\":\"TIME\",\"epoch_time\":1.0}"),
		0);
}

static void test_no_keys(void)
{
	static const char *const refused[] = {"null", "{}", "{\"a\":1}", "[null]", "[{}]",
		"\"a\\u0000b\"", "{\"$reql_type$\":\"GEOMETRY\",\"type\":\"Point\"}",
		"{\"$reql_type$\":\"BINARY\",\"data\":\"*\"}", "{\"$reql_type$\":\"TIME\"}"};
	struct rdb_primary_key key;
	char text[600];

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		CHECK_INT(rdb_primary_key_encode(span(refused[i]), &key), -EINVAL);
	CHECK_INT(key.len, 0);
	memset(text, 'a', sizeof(text));
	text[0] = text[sizeof(text) - 2] = '"';
	text[sizeof(text) - 1] = '\0';
	CHECK_INT(rdb_primary_key_encode(span(text), &key), -EINVAL);
	CHECK_INT(key.len, 0);
	memset(text, '[', sizeof(text) / 2);
	memset(text + sizeof(text) / 2, ']', sizeof(text) / 2);
	text[sizeof(text) - 2] = '\0';
	CHECK_INT(rdb_primary_key_encode(span(text), &key), -EINVAL);
}

static void check_text(const char *json, const char *expected)
{
	struct rdb_buf text = {0};

	CHECK_INT(rdb_primary_key_text(span(json), &text), 0);
	CHECK_STR(rdb_buf_cstr(&text), expected);
	rdb_buf_free(&text);
}

static void test_text(void)
{
	check_text("\"a\\u00e9\\/\"", "\"a\xc3\xa9/\"");
	check_text("1e2", "100");
	check_text("-0.0", "0");
	check_text("0.1", "0.1");
	check_text("1e20", "1e+20");
	check_text("[ \"a\" , 1.0 ,[true ]]", "[\"a\",1,[true]]");
	check_text("{\"timezone\":\"+02:00\", \"epoch_time\":1.5,\"$reql_type$\":\"TIME\"}",
		"{\"$reql_type$\":\"TIME\",\"epoch_time\":1.5,\"timezone\":\"+02:00\"}");
}

/* ---- file names ---- */

static void check_name(const char *json, bool mixed, const char *expected)
{
	struct rdb_buf keys = {0}, text = {0};
	char name[RDB_KEY_NAME_MAX + 1];

	REQUIRE(rdb_key_name(span(json), mixed, name) == 0);
	CHECK_STR(name, expected);
	CHECK_INT(rdb_key_name_parse(name, mixed, &keys), 0);
	REQUIRE(rdb_primary_key_text(span(json), &text) == 0 && rdb_buf_putc(&text, '\n') == 0);
	REQUIRE(keys.len >= text.len);
	CHECK(memcmp(keys.data, text.data, text.len) == 0);
	rdb_buf_free(&keys);
	rdb_buf_free(&text);
}

static void test_names(void)
{
	check_name("\"ann@example.com\"", false, "ann@example.com.json");
	check_name("\"a/b%\\u0001\\u007f\"", false, "a%2Fb%25%01%7F.json");
	check_name("\".a.b\"", false, "%2Ea.b.json");
	check_name("\"\"", false, "%22%22.json");
	check_name("\"\"", true, "%22%22.json");
	check_name("\"\\\"\\\"\"", false, "\"\".json");
	check_name("\"17\"", false, "17.json");
	check_name("\"17\"", true, "%2217%22.json");
	check_name("\" true\"", true, "%22 true%22.json");
	check_name("\"\\\"17\\\"\"", true, "\"17\".json");
	check_name("\"x\"", true, "x.json");
	check_name("17", true, "17.json");
	check_name("1.5", true, "1.5.json");
	check_name("true", true, "true.json");
	check_name("[\"a\", 1]", true, "[\"a\",1].json");
	check_name("[\"a/\\\"\"]", true, "[\"a%2F\\\"\"].json");
	check_name("\"\xc3\xa9\xe6\xbc\xa2\"", false, "\xc3\xa9\xe6\xbc\xa2.json");
}

static void check_candidates(const char *name, bool mixed, int ret, const char *expected)
{
	struct rdb_buf keys = {0};

	CHECK_INT(rdb_key_name_parse(name, mixed, &keys), ret);
	CHECK_STR(rdb_buf_cstr(&keys), expected);
	rdb_buf_free(&keys);
}

static void test_candidates(void)
{
	check_candidates("17.json", true, 0, "17\n\"17\"\n");
	check_candidates("17.json", false, 0, "\"17\"\n");
	check_candidates("%2217%22.json", true, 0, "\"17\"\n");
	check_candidates("null.json", true, 0, "\"null\"\n");
	check_candidates("17", true, -ENOENT, "");
	check_candidates(".json", false, -ENOENT, "");
	check_candidates("a%2fb.json", false, -ENOENT, ""); /* lower case is never written */
	check_candidates("a%", false, -ENOENT, "");
	check_candidates("a%.json", false, -ENOENT, "");
	check_candidates("a%00.json", false, -ENOENT, "");
}

static void test_long_names(void)
{
	char json[300], name[RDB_KEY_NAME_MAX + 1], other[RDB_KEY_NAME_MAX + 1];
	struct rdb_buf keys = {0};
	size_t len = 0;

	json[len++] = '"';
	memset(json + len, '%', 100);
	len += 100;
	json[len++] = '"';
	json[len] = '\0';
	CHECK_INT(rdb_key_name(span(json), false, name), 0);
	CHECK(strlen(name) <= RDB_KEY_NAME_MAX);
	CHECK(strchr(name, '~'));
	CHECK_INT(rdb_key_name_parse(name, false, &keys), -ENAMETOOLONG);
	json[len - 2] = 'x';
	CHECK_INT(rdb_key_name(span(json), false, other), 0);
	CHECK(strcmp(name, other) != 0);
	rdb_buf_free(&keys);
}

int main(void)
{
	RUN(test_order);
	RUN(test_spellings_of_one_key);
	RUN(test_no_keys);
	RUN(test_text);
	RUN(test_names);
	RUN(test_candidates);
	RUN(test_long_names);
	return check_failed != 0;
}
