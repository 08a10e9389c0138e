#include "json/response_text.h"
#include "json/split.h"

#include "unit/check.h"

#include <errno.h>

static int read_copy(const char *text, struct rdb_json_response *response,
	struct rdb_json_fault *fault, char **copy)
{
	size_t len = strlen(text);

	*copy = malloc(len ? len : 1);
	REQUIRE(*copy);
	memcpy(*copy, text, len);
	return rdb_json_response(*copy, len, response, fault);
}

static void check_span(struct rdb_json_span span, const char *expected)
{
	CHECK_INT(span.data != NULL, expected != NULL);
	if (!expected || !span.data)
		return;
	CHECK_INT(span.len, strlen(expected));
	CHECK(strncmp(span.data, expected, span.len) == 0);
}

static void check_good(const char *text, int type, const char *results, const char *notes)
{
	struct rdb_json_response response;
	struct rdb_json_fault fault = {0, "nothing"};
	char *copy;

	CHECK_INT(read_copy(text, &response, &fault, &copy), 0);
	CHECK_STR(fault.expected, "nothing");
	CHECK_INT(response.type, type);
	check_span(response.results, results);
	check_span(response.notes, notes);
	free(copy);
}

static void check_bad(const char *text, size_t at, const char *expected)
{
	struct rdb_json_response response;
	struct rdb_json_fault fault = {9999, "nothing"};
	char *copy;

	CHECK_INT(read_copy(text, &response, &fault, &copy), -EINVAL);
	if (fault.at != at || strcmp(fault.expected, expected) != 0)
		fprintf(stderr, "of: %s\n", text);
	CHECK_INT(fault.at, at);
	CHECK_STR(fault.expected, expected);
	free(copy);
}

static void test_members_in_any_order(void)
{
	check_good("{\"t\":4,\"r\":[],\"n\":[]}", 4, "[]", "[]");
	check_good("{\"t\":3,\"r\":[{\"a\":[1]},{}],\"n\":[1,2]}", 3, "[{\"a\":[1]},{}]", "[1,2]");
	check_good(
		" { \"n\" : [ ] , \"r\" : [ [ \"]\" ] ] , \"t\" : 1 } ", 1, "[ [ \"]\" ] ]", "[ ]");
	check_good("{\"x\":{\"t\":[]},\"y\":\"}\",\"z\":-1.5,\"w\":null,\"v\":true,\"t\":2}", 2,
		NULL, NULL);
	check_good("{\"p\":[{}],\"t\":16,\"b\":[],\"r\":[\"\\\"]\"]}", 16, "[\"\\\"]\"]", NULL);
}

static void test_error(void)
{
	const char *text = "{\"t\":18,\"e\":4100000,\"r\":[\"no\"],\"b\":[0,1],\"p\":{\"a\":1}}";
	struct rdb_json_response response;
	char *copy;

	CHECK_INT(read_copy(text, &response, NULL, &copy), 0);
	CHECK_INT(response.type, 18);
	CHECK_INT(response.error, 4100000);
	check_span(response.results, "[\"no\"]");
	check_span(response.backtrace, "[0,1]");
	check_span(response.profile, "{\"a\":1}");
	free(copy);
}

static void test_faults(void)
{
	check_bad("", 0, "'{'");
	check_bad("[]", 0, "'{'");
	check_bad("{}", 1, "a member name in quotes");
	check_bad("{\"r\":[]}", 8, "a response with \"t\"");
	check_bad("{\"t\":0}", 7, "a response with \"t\"");
	check_bad("{\"t\":1", 6, "',' or '}'");
	check_bad("{\"t\":1,}", 7, "a member name in quotes");
	check_bad("{\"t\":1,\"r\":[}", 13, "',' or '}'");
	check_bad("{\"t\":1,\"r\":[", 11, "brackets in pairs");
	check_bad("{\"t\":1,\"r\":{}}", 11, "an array");
	check_bad("{\"t\":1,\"r\":1}", 11, "an array");
	check_bad("{\"t\":1,\"r\":[],\"r\":[]}", 18, "each member once");
	check_bad("{\"t\":1,\"t\":1}", 11, "a small whole number, once");
	check_bad("{\"t\":\"1\"}", 5, "a small whole number, once");
	check_bad("{\"t\":1.0}", 5, "a small whole number, once");
	check_bad("{\"t\":123456789}", 5, "a small whole number, once");
	check_bad("{\"t\" 1}", 5, "':' after a member name");
	check_bad("{\"t\":}", 5, "a value");
	check_bad("{\"t\":1}x", 7, "the end of the response");
	check_bad("{\"t\":1 \\[]}", 7, "',' or '}'");
}

/* Any number of members needs only one pass. */
static void test_many_members(void)
{
	static char text[20 * 10000 + 20];
	size_t len = (size_t)sprintf(text, "{\"t\":1");

	for (int i = 0; i < 10000; i++)
		len += (size_t)sprintf(text + len, ",\"x%d\":[{}]", i);
	sprintf(text + len, ",\"r\":[1]}");
	check_good(text, 1, "[1]", NULL);
}

static void test_documents(void)
{
	const char *text = "{\"t\":3,\"r\":[{\"a\":[1]},2,\"x\"],\"n\":[1]}";
	struct rdb_json_response response;
	struct rdb_json_split split;
	struct rdb_json_piece piece;
	int rc, count = 0;

	REQUIRE(rdb_json_response(text, strlen(text), &response, NULL) == 0);
	rdb_json_split_init(&split, 0);
	rdb_json_split_feed(&split, response.results.data, response.results.len);
	while ((rc = rdb_json_split_next(&split, &piece, NULL)) == 1)
		count++;
	CHECK_INT(rc, 0);
	CHECK_INT(count, 3);
	CHECK_INT(rdb_json_split_end(&split, &piece, NULL), 0);
	rdb_json_split_free(&split);
}

int main(void)
{
	RUN(test_members_in_any_order);
	RUN(test_error);
	RUN(test_faults);
	RUN(test_many_members);
	RUN(test_documents);
	CHECK_EXIT();
}
