#include "json/document.h"
#include "json/key.h"

#include "unit/check.h"

#include <errno.h>

/* Reads from an allocation of exactly this length, so that sanitizers detect a read past
 * its end. */
static int read_copy(const char *text, size_t len, const struct rdb_json_want *want,
	struct rdb_json_found *found, struct rdb_json_fault *fault)
{
	char *copy = malloc(len ? len : 1);
	int rc;

	REQUIRE(copy);
	memcpy(copy, text, len);
	rc = rdb_json_document(copy, len, want, found, fault);
	if (found && found->key.data)
		found->key.data = text + (found->key.data - copy);
	free(copy);
	return rc;
}

static void check_good(const char *text)
{
	struct rdb_json_want want = {0};
	struct rdb_json_fault fault = {0, "nothing"};
	int rc = read_copy(text, strlen(text), &want, NULL, &fault);

	if (rc != 0)
		fprintf(stderr, "%s: at %" PRIu64 " expected %s\n", text, fault.at, fault.expected);
	CHECK_INT(rc, 0);
}

static void check_bad(const char *text, size_t at, const char *expected)
{
	struct rdb_json_want want = {0};
	struct rdb_json_fault fault = {9999, "nothing"};
	int rc = read_copy(text, strlen(text), &want, NULL, &fault);

	if (rc != -EINVAL || fault.at != at || strcmp(fault.expected, expected) != 0)
		fprintf(stderr, "of: %s\n", text);
	CHECK_INT(rc, -EINVAL);
	CHECK_INT(fault.at, at);
	CHECK_STR(fault.expected, expected);
}

static void test_values(void)
{
	check_good("null");
	check_good(" true\n");
	check_good("false");
	check_good("\"\"");
	check_good("0");
	check_good("[]");
	check_good("{}");
	check_good(" { \"a\" : [ 1 , { } , [ ] , null ] , \"b\" : { \"c\" : \"\" } } ");
	check_bad("", 0, "a value");
	check_bad("  ", 2, "a value");
	check_bad("nul", 0, "a value");
	check_bad("nulL", 0, "a value");
	check_bad("True", 0, "a value");
	check_bad("NaN", 0, "a value");
	check_bad("nullx", 4, "the end of the document");
	check_bad("{} {}", 3, "the end of the document");
	check_bad("\xef\xbb\xbf{}", 0, "a value");
}

/* An empty buffer has NULL as its text. */
static void test_null_is_no_document(void)
{
	struct rdb_json_want want = {0};
	struct rdb_json_fault fault;

	CHECK_INT(rdb_json_document(NULL, 0, &want, NULL, &fault), -EINVAL);
	CHECK_INT(fault.at, 0);
	CHECK_STR(fault.expected, "a value");
}

static void test_structure(void)
{
	check_bad("[", 1, "a value or ']'");
	check_bad("[1", 2, "',' or a closing bracket");
	check_bad("[1,", 3, "a value");
	check_bad("[1,]", 3, "a value");
	check_bad("[,1]", 1, "a value or ']'");
	check_bad("[1 2]", 3, "',' or ']'");
	check_bad("[1}", 2, "',' or ']'");
	check_bad("{", 1, "a member name in quotes or '}'");
	check_bad("{]", 1, "a member name in quotes or '}'");
	check_bad("{a:1}", 1, "a member name in quotes or '}'");
	check_bad("{\"a\"", 4, "':' after a member name");
	check_bad("{\"a\" 1}", 5, "':' after a member name");
	check_bad("{\"a\":", 5, "a value");
	check_bad("{\"a\":}", 5, "a value");
	check_bad("{\"a\":1,}", 7, "a member name in quotes");
	check_bad("{\"a\":1]", 6, "',' or '}'");
	check_bad("{\"a\":1 \"b\":2}", 7, "',' or '}'");
	check_bad("[[[]]", 5, "',' or a closing bracket");
	check_bad("[]]", 2, "the end of the document");
}

static void test_numbers(void)
{
	static const char *const GOOD[] = {"-0", "0.0", "-0.0", "1e5", "1E+05", "1.25e-3",
		"123456789012345678901234567890", "1.7976931348623157e308", "1e-400", "0e308",
		"0.000000000000000000001e308", "4.9e-324", "-1e308",
		"0.00000000000000000000000000000000000000000000000000000000000000000001e308"};
	static const char *const LARGE[] = {"1e309", "-1e309", "1.8e308", "10e308", "0e309",
		"1.7976931348623158e308", "17976931348623158e292", "1e99999999999999999999"};
	char text[400];

	for (size_t i = 0; i < sizeof(GOOD) / sizeof(GOOD[0]); i++)
		check_good(GOOD[i]);
	for (size_t i = 0; i < sizeof(LARGE) / sizeof(LARGE[0]); i++)
		check_bad(LARGE[i], 0, "a number that fits double precision");
	memset(text, '1', 309);
	text[309] = '\0';
	check_good(text);
	memset(text, '9', 309);
	check_bad(text, 0, "a number that fits double precision");
	memset(text, '0', 350);
	memcpy(text, "0.", 2);
	memcpy(text + 350, "1e308", 6);
	check_good(text);
	check_bad("-", 1, "a digit");
	check_bad("+1", 0, "a value");
	check_bad(".5", 0, "a value");
	check_bad("1.", 2, "a digit");
	check_bad("1.e5", 2, "a digit");
	check_bad("1e", 2, "a digit");
	check_bad("1e+", 3, "a digit");
	check_bad("01", 1, "no digit after a leading 0");
	check_bad("-00", 2, "no digit after a leading 0");
	check_bad("0x10", 1, "the end of the document");
}

static void test_strings(void)
{
	check_good("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e4\\uD83D\\uDE00\\u0000\"");
	check_good("\"\xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80 \xf4\x8f\xbf\xbf \x7f\"");
	check_good("\"0123456789abcdef0123456789abcdef\\n0123456789abcdef\xc3\xa4\"");
	/* like the server: the second half of a pair may stand alone */
	check_good("\"\\udc00\"");
	check_good("\"\xed\xa0\x80\"");
	check_bad("\"abc", 4, "'\"' at the end of a string");
	check_bad("\"a\nb\"", 2, "control characters to be escaped");
	check_bad("\"\\x\"", 1, "an escape that JSON knows");
	check_bad("\"\\", 1, "an escape that JSON knows");
	check_bad("\"\\u12\"", 1, "four hexadecimal digits after \\u");
	check_bad("\"\\u12g4\"", 1, "four hexadecimal digits after \\u");
	check_bad("\"\\ud83d\"", 7, "the second half of a surrogate pair");
	check_bad("\"\\ud83d\\n\"", 7, "the second half of a surrogate pair");
	check_bad("\"\\ud83d\\ud83d\"", 7, "the second half of a surrogate pair");
	check_bad("\"\\ud83d\\u00", 7, "the second half of a surrogate pair");
	check_bad("\"\x80\"", 1, "UTF-8");
	check_bad("\"\xc0\x80\"", 1, "UTF-8");
	check_bad("\"\xc1\xbf\"", 1, "UTF-8");
	check_bad("\"\xc3\"", 1, "UTF-8");
	check_bad("\"\xe0\x80\x80\"", 1, "UTF-8");
	check_bad("\"\xf0\x80\x80\x80\"", 1, "UTF-8");
	check_bad("\"\xf4\x90\x80\x80\"", 1, "UTF-8");
	check_bad("\"\xf5\x80\x80\x80\"", 1, "UTF-8");
	check_bad("\"ab\xe2\x82", 3, "UTF-8");
}

static void test_string_nul_byte(void)
{
	struct rdb_json_want want = {0};
	struct rdb_json_fault fault;

	CHECK_INT(read_copy("\"a\0b\"", 5, &want, NULL, &fault), -EINVAL);
	CHECK_INT(fault.at, 2);
	CHECK_INT(read_copy("\"\\\0\"", 4, &want, NULL, &fault), -EINVAL);
	CHECK_INT(fault.at, 1);
}

static void test_depth(void)
{
	struct rdb_json_want want = {.depth = 3};
	struct rdb_json_fault fault;
	static char text[2 * RDB_JSON_DEPTH_MAX + 2];

	CHECK_INT(read_copy("[{\"a\":[]}]", 10, &want, NULL, NULL), 0);
	CHECK_INT(read_copy("[{\"a\":[{}]}]", 12, &want, NULL, &fault), -EINVAL);
	CHECK_INT(fault.at, 7);
	CHECK_STR(fault.expected, "fewer brackets inside one another");

	want.depth = 0;
	memset(text, '[', RDB_JSON_DEPTH_MAX);
	memset(text + RDB_JSON_DEPTH_MAX, ']', RDB_JSON_DEPTH_MAX);
	CHECK_INT(read_copy(text, 2 * RDB_JSON_DEPTH_MAX, &want, NULL, NULL), 0);
	memset(text, '[', RDB_JSON_DEPTH_MAX + 1);
	memset(text + RDB_JSON_DEPTH_MAX + 1, ']', RDB_JSON_DEPTH_MAX + 1);
	CHECK_INT(read_copy(text, sizeof(text), &want, NULL, &fault), -EINVAL);
	CHECK_INT(fault.at, RDB_JSON_DEPTH_MAX);
}

static void test_object_wanted(void)
{
	struct rdb_json_want want = {.object = true};
	struct rdb_json_fault fault;

	CHECK_INT(read_copy(" {}", 3, &want, NULL, NULL), 0);
	CHECK_INT(read_copy(" []", 3, &want, NULL, &fault), -EINVAL);
	CHECK_INT(fault.at, 1);
	CHECK_STR(fault.expected, "'{'");
	CHECK_INT(read_copy("", 0, &want, NULL, &fault), -EINVAL);
}

/* ---- wrapping ---- */

static void check_wrap(const char *text, const char *expected)
{
	struct rdb_buf out = {0};
	struct rdb_json_want want = {.wrap = &out};
	struct rdb_json_found found;

	rdb_buf_puts(&out, "before ");
	CHECK_INT(read_copy(text, strlen(text), &want, &found, NULL), 0);
	CHECK(strncmp(rdb_buf_cstr(&out), "before ", 7) == 0);
	CHECK_STR(rdb_buf_cstr(&out) + 7, expected);
	CHECK_INT(found.arrays, strcmp(text, expected) != 0);
	rdb_buf_free(&out);
}

static void test_arrays_are_wrapped(void)
{
	check_wrap("{}", "{}");
	check_wrap(" {\"a\" : 1e0} ", " {\"a\" : 1e0} ");
	check_wrap("[]", "[2,[]]");
	check_wrap("{\"a\": [1, 2]}", "{\"a\": [2,[1, 2]]}");
	check_wrap("[[],[[\"]\"]]]", "[2,[[2,[]],[2,[[2,[\"]\"]]]]]]");
	check_wrap("{\"[\":[{\"a\":[]}]}", "{\"[\":[2,[{\"a\":[2,[]]}]]}");
}

static void test_wrap_failed(void)
{
	struct rdb_buf out = {0};
	struct rdb_json_want want = {.wrap = &out};

	rdb_buf_puts(&out, "before");
	CHECK_INT(read_copy("{\"a\":[1,2],\"b\"}", 15, &want, NULL, NULL), -EINVAL);
	CHECK_STR(rdb_buf_cstr(&out), "before");
	rdb_buf_free(&out);
}

/* ---- keys ---- */

/* Reads from an allocation of exactly this length. */
static void check_key_first(const char *text, const char *name, int ret, const char *value)
{
	size_t len = strlen(text);
	char *copy = malloc(len ? len : 1), got[64] = "";
	struct rdb_json_span key;

	memcpy(copy, text, len);
	CHECK_INT(rdb_json_key_first(copy, len, name, &key), ret);
	if (ret == 0)
		memcpy(got, key.data, key.len < sizeof(got) ? key.len : sizeof(got) - 1);
	CHECK_STR(got, ret == 0 ? value : "");
	free(copy);
}

static void check_key(const char *text, const char *name, unsigned keys, const char *value)
{
	struct rdb_json_want want = {.key = name, .key_len = strlen(name)};
	struct rdb_json_found found;
	char got[64] = "";

	CHECK_INT(read_copy(text, strlen(text), &want, &found, NULL), 0);
	CHECK_INT(found.keys, keys);
	CHECK_INT(found.key.data != NULL, keys > 0);
	if (found.key.data)
		memcpy(got, found.key.data, found.key.len);
	CHECK_STR(got, value);
	check_key_first(text, name, text[0] != '{' ? -EINVAL : keys ? 0 : -ENOENT, value);
}

static void test_key(void)
{
	check_key("{\"id\":1}", "id", 1, "1");
	check_key("{ \"a\" : 1 , \"id\" : \"x\\n\" }", "id", 1, "\"x\\n\"");
	check_key("{\"id\":[1,{\"id\":[2]}],\"b\":3}", "id", 1, "[1,{\"id\":[2]}]");
	check_key("{\"id\":{\"$reql_type$\":\"TIME\"}}", "id", 1, "{\"$reql_type$\":\"TIME\"}");
	check_key("{\"a\":{\"id\":1},\"b\":[{\"id\":2}]}", "id", 0, "");
	check_key("{\"id\":1,\"id\":2,\"id\":3}", "id", 3, "1");
	check_key("{\"i\\u0064\":1}", "id", 1, "1");
	check_key("{\"\\u0069d\":1,\"ids\":2,\"i\":3,\"\":4}", "id", 1, "1");
	check_key("{\"\\ud83d\\ude00\":1}", "\xf0\x9f\x98\x80", 1, "1");
	check_key("{\"\xf0\x9f\x98\x80\":1}", "\xf0\x9f\x98\x80", 1, "1");
	check_key("{\"\\\"\\\\\\/\\b\\f\\n\\r\\t\":1}", "\"\\/\b\f\n\r\t", 1, "1");
	check_key("{\"\\u00e4\\u20ac\":1}", "\xc3\xa4\xe2\x82\xac", 1, "1");
	check_key("{\"a\\n\":1}", "a\\n", 0, "");
	check_key("{\"a\\\\n\":1}", "a\\n", 1, "1");
	check_key("{\"\":1}", "", 1, "1");
	check_key("[{\"id\":1}]", "id", 0, "");
	check_key("{}", "id", 0, "");
}

/* Text that is not JSON: reads nothing past its end. */
static void test_key_first_of_broken_text(void)
{
	static const char whole[] =
		"{\"a\\\"\\\\\": [\"x\\\\\", {\"id\": 2}], \"b\": -1.5, \"id\": 7}";
	char part[sizeof(whole)];

	check_key_first(whole, "id", 0, "7");
	for (size_t len = 0; len < sizeof(whole) - 2; len++) {
		memcpy(part, whole, len);
		part[len] = '\0';
		check_key_first(part, "id", -EINVAL, "");
	}
	check_key_first("{\"id\":1 garbage", "id", 0, "1");
	check_key_first("{\"a\":1 garbage", "id", -EINVAL, "");
	check_key_first("{\"a\":}", "id", -ENOENT, "");
	check_key_first("{\"a\" 1}", "id", -EINVAL, "");
	check_key_first("{\"id\":\"\\x\"}", "id", -EINVAL, "");
	check_key_first("{\"id\":tru}", "id", -EINVAL, "");
	check_key_first("{,}", "id", -EINVAL, "");
	check_key_first("[1]", "id", -EINVAL, "");
	check_key_first("", "id", -EINVAL, "");
}

static void test_key_errors(void)
{
	struct rdb_json_span key;
	struct rdb_buf term = {0};

	CHECK_INT(rdb_json_key("{\"id\":[1,[]]}", 13, "id", &key), 0);
	CHECK_INT(rdb_json_term(key, &term), 0);
	CHECK_STR(rdb_buf_cstr(&term), "[2,[1,[2,[]]]]");
	CHECK_INT(rdb_json_key("{\"ID\":1}", 8, "id", &key), -ENOENT);
	CHECK_INT(rdb_json_key("{\"id\":1,\"id\":1}", 15, "id", &key), -EEXIST);
	CHECK_INT(rdb_json_key("{\"id\":1", 7, "id", &key), -EINVAL);
	CHECK_INT(rdb_json_key("[]", 2, "id", &key), -EINVAL);
	key = (struct rdb_json_span){"[1,", 3};
	CHECK_INT(rdb_json_term(key, &term), -EINVAL);
	CHECK_STR(rdb_buf_cstr(&term), "[2,[1,[2,[]]]]");
	rdb_buf_free(&term);
}

static void test_nul_in_names_is_noticed(void)
{
	struct rdb_json_want want = {0};
	struct rdb_json_found found;

	CHECK_INT(read_copy("{\"a\":\"\\u0000\"}", 14, &want, &found, NULL), 0);
	CHECK(!found.nul_names);
	CHECK_INT(read_copy("{\"b\":{\"a\\u0000\":1},\"c\":1}", 25, &want, &found, NULL), 0);
	CHECK(found.nul_names);
}

/* ---- text ---- */

static void check_text(const char *raw, size_t raw_len, const char *escaped)
{
	struct rdb_buf out = {0};
	struct rdb_json_span inner;

	CHECK_INT(rdb_json_text_encode(raw, raw_len, &out), 0);
	CHECK_STR(rdb_buf_cstr(&out), escaped);
	inner = (struct rdb_json_span){escaped + 1, strlen(escaped) - 2};
	rdb_buf_clear(&out);
	CHECK_INT(rdb_json_text_decode(inner, &out), 0);
	CHECK_INT(out.len, raw_len);
	CHECK(memcmp(rdb_buf_cstr(&out), raw, raw_len) == 0);
	CHECK(rdb_json_text_equals(inner, raw, raw_len));
	CHECK(!rdb_json_text_equals(inner, "?", 1));
	rdb_buf_free(&out);
}

static void test_text(void)
{
	check_text("", 0, "\"\"");
	check_text("plain", 5, "\"plain\"");
	check_text("a\"b\\c", 5, "\"a\\\"b\\\\c\"");
	check_text("\0\x1f\n\xc3\xa4", 5, "\"\\u0000\\u001f\\n\xc3\xa4\"");
}

static void test_fault_words(void)
{
	struct rdb_json_fault fault = {7, "a value"};
	struct rdb_err err;

	CHECK_INT(rdb_json_fault_set(&fault, 3, 100, &err), -EINVAL);
	CHECK_STR(err.text, "not valid JSON: document 3, byte 107: expected a value");
}

int main(void)
{
	RUN(test_values);
	RUN(test_null_is_no_document);
	RUN(test_structure);
	RUN(test_numbers);
	RUN(test_strings);
	RUN(test_string_nul_byte);
	RUN(test_depth);
	RUN(test_object_wanted);
	RUN(test_arrays_are_wrapped);
	RUN(test_wrap_failed);
	RUN(test_key);
	RUN(test_key_first_of_broken_text);
	RUN(test_key_errors);
	RUN(test_nul_in_names_is_noticed);
	RUN(test_text);
	RUN(test_fault_words);
	CHECK_EXIT();
}
