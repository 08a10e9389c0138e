#include "format/info.h"

#include "unit/check.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static struct rdb_json_span span(const char *text)
{
	return (struct rdb_json_span){text, strlen(text)};
}

static void check_info(const char *text, int ret, int64_t indexes, const char *key)
{
	char primary_key[128];
	int64_t count;

	CHECK_INT(rdb_info_parse(text, strlen(text), &count, primary_key), ret);
	CHECK_INT(count, indexes);
	CHECK_STR(primary_key, key);
}

static void test_key_and_indexes_of_an_info(void)
{
	check_info("{\"primary_key\": \"id\", \"indexes\": [{\"index\": \"a\", \"multi\": [1]}, "
		   "{}]}\n",
		0, 2, "id");
	check_info("{\"indexes\": [], \"primary_key\": \"\\u00e4\\\"\"}", 0, 0, "\u00e4\"");
	check_info("{}", 0, -1, "");
	check_info("{\"primary_key\": 1, \"indexes\": {}}", 0, -1, "");
	check_info("{\"primary_key\": \"a\\u0000b\"}", 0, -1, "");
	check_info("[]", -EINVAL, -1, "");
	check_info("{\"primary_key\": \"id\"", -EINVAL, -1, "");
	check_info("", -EINVAL, -1, "");
}

static void test_texts_have_bounds(void)
{
	char out[4];

	CHECK(rdb_info_text(span("{\"a\": \"xyz\"}"), "a", out, sizeof(out)));
	CHECK_STR(out, "xyz");
	CHECK(rdb_info_text(span("{\"a\": \"\\u0078\\u0079\\u007a\"}"), "a", out, sizeof(out)));
	CHECK_STR(out, "xyz");
	CHECK(rdb_info_text(span("{\"a\": \"\"}"), "a", out, sizeof(out)));
	CHECK_STR(out, "");
	CHECK(!rdb_info_text(span("{\"a\": \"wxyz\"}"), "a", out, sizeof(out)));
	CHECK(!rdb_info_text(span("{\"a\": null}"), "a", out, sizeof(out)));
	CHECK(!rdb_info_text(span("{\"a\": \"x\", \"a\": \"y\"}"), "a", out, sizeof(out)));
	CHECK(!rdb_info_text(span("[]"), "a", out, sizeof(out)));
}

static void test_numbers_within_range(void)
{
	int64_t n;

	CHECK(rdb_info_number(span("{\"a\": 0}"), "a", &n) && n == 0);
	CHECK(rdb_info_number(span("{\"a\": 123456789012345678}"), "a", &n));
	CHECK_INT(n, 123456789012345678);
	CHECK(!rdb_info_number(span("{\"a\": 1234567890123456789}"), "a", &n));
	CHECK(!rdb_info_number(span("{\"a\": -1}"), "a", &n));
	CHECK(!rdb_info_number(span("{\"a\": 1.5}"), "a", &n));
	CHECK(!rdb_info_number(span("{\"a\": \"1\"}"), "a", &n));
	CHECK(!rdb_info_number(span("{}"), "a", &n));
}

static long peak(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_maxrss; /* KiB */
}

/* Values of a few bytes of text each would need hundreds of bytes in a tree. */
static void test_a_text_of_many_values_takes_no_memory(void)
{
	char *text = malloc(RDB_INFO_MAX), primary_key[128];
	size_t len = (size_t)sprintf(text, "{\"primary_key\": \"id\", \"indexes\": [{}");
	int64_t indexes, expected = 1;
	long before;

	for (; len + 5 < RDB_INFO_MAX; expected++)
		len += (size_t)sprintf(text + len, ",{}");
	len += (size_t)sprintf(text + len, "]}");
	before = peak();
	CHECK_INT(rdb_info_parse(text, len, &indexes, primary_key), 0);
	CHECK_INT(indexes, expected);
	CHECK(peak() - before < 32 * 1024);
	free(text);
}

int main(void)
{
	RUN(test_key_and_indexes_of_an_info);
	RUN(test_texts_have_bounds);
	RUN(test_numbers_within_range);
	RUN(test_a_text_of_many_values_takes_no_memory);
	CHECK_EXIT();
}
