#include "json/count.h"
#include "json/csv.h"

#include "unit/check.h"

#include <errno.h>

#define MOST 5000

struct result {
	char text[MOST];
	size_t len;
	uint64_t count;
	uint64_t last_offset;
	int rc;
	struct rdb_json_fault fault;
};

static void keep(struct result *result, const struct rdb_json_piece *piece)
{
	CHECK_INT(piece->number, ++result->count);
	REQUIRE(result->len + piece->len + 2 < MOST);
	memcpy(result->text + result->len, piece->data, piece->len);
	result->len += piece->len;
	result->text[result->len++] = '|';
	result->text[result->len] = '\0';
	result->last_offset = piece->offset;
}

static void run(const char *text, size_t len, char delimiter, size_t step, size_t limit,
	struct result *result)
{
	struct rdb_json_csv csv;
	struct rdb_json_piece piece;
	int rc = 0;

	memset(result, 0, sizeof(*result));
	REQUIRE(rdb_json_csv_init(&csv, delimiter, limit) == 0);
	for (size_t at = 0; at < len && rc == 0; at += step) {
		size_t part = len - at < step ? len - at : step;
		char *copy = malloc(part);

		REQUIRE(copy);
		memcpy(copy, text + at, part);
		rdb_json_csv_feed(&csv, copy, part);
		while ((rc = rdb_json_csv_next(&csv, &piece, &result->fault)) == 1)
			keep(result, &piece);
		free(copy);
	}
	while (rc == 0 && (rc = rdb_json_csv_end(&csv, &piece, &result->fault)) == 1) {
		keep(result, &piece);
		rc = 0;
	}
	if (rc < 0)
		CHECK_INT(rdb_json_csv_next(&csv, &piece, NULL), rc);
	result->rc = rc;
	rdb_json_csv_free(&csv);
}

/* Counts the documents without creating them, for pieces of any size. */
static void check_count(const char *text, char delimiter, size_t step, uint64_t documents)
{
	size_t len = strlen(text);
	struct rdb_json_count count;

	rdb_json_count_init_csv(&count, delimiter);
	for (size_t at = 0; at < len; at += step)
		rdb_json_count_feed(&count, text + at, len - at < step ? len - at : step);
	CHECK_INT(rdb_json_count_documents(&count), documents);
	CHECK(rdb_json_count_clean(&count));
}

static void check(const char *text, char delimiter, const char *documents, int rc, size_t at,
	const char *expected)
{
	size_t len = strlen(text);
	struct result result;

	for (size_t step = 1; step <= len + 1; step++) {
		run(text, len, delimiter, step, 0, &result);
		if (strcmp(result.text, documents) != 0 || result.rc != rc)
			fprintf(stderr, "in steps of %zu: %s\n", step, text);
		CHECK_STR(result.text, documents);
		CHECK_INT(result.rc, rc);
		if (rc == 0)
			check_count(text, delimiter, step, result.count);
		if (rc < 0) {
			CHECK_INT(result.fault.at, at);
			CHECK_STR(result.fault.expected, expected);
		}
	}
}

static void good(const char *text, const char *documents)
{
	check(text, ',', documents, 0, 0, NULL);
}

/* Expected values from Python 3: list(csv.reader(io.StringIO(text, newline=""))). */
static void test_values_are_those_of_python(void)
{
	good("a,b\n1,2\n", "{\"a\":\"1\",\"b\":\"2\"}|");
	good("a,b\r\n1,2\r\n", "{\"a\":\"1\",\"b\":\"2\"}|");
	good("a,b\r1,2\r", "{\"a\":\"1\",\"b\":\"2\"}|");
	good("a,b\n1,2", "{\"a\":\"1\",\"b\":\"2\"}|");
	good("a\n\"x\"\"y\"\n", "{\"a\":\"x\\\"y\"}|");
	good("a\nx\"y\"\n", "{\"a\":\"x\\\"y\\\"\"}|");
	good("a\n\"x\"y\n", "{\"a\":\"xy\"}|");
	good("a\n\"x\"y\"z\n", "{\"a\":\"xy\\\"z\"}|");
	good("a\n\"x\" \n", "{\"a\":\"x \"}|");
	good("a\n \"x\"\n", "{\"a\":\" \\\"x\\\"\"}|");
	good("a,b\n\"x\r\ny\",\"1,2\"\n", "{\"a\":\"x\\r\\ny\",\"b\":\"1,2\"}|");
	good("a\n\"x\"\"\"", "{\"a\":\"x\\\"\"}|");
}

static void test_fields(void)
{
	good("a,b,c\n,2,\n,,\n\"\",\"\",3\n", "{\"b\":\"2\"}|{}|{\"c\":\"3\"}|");
	good("a,b\n1,", "{\"a\":\"1\"}|");
	good("a\n", "");
	good("a", "");
	good("\"a \"\"b\"\"\",\xc3\xa4\n1,\xe2\x82\xac\n",
		"{\"a \\\"b\\\"\":\"1\",\"\xc3\xa4\":\"\xe2\x82\xac\"}|");
	good("a\n\x01\t\\\n", "{\"a\":\"\\u0001\\t\\\\\"}|");
	good("\n\r\n\na\n\n\n1\r\n\r\n\r2\n\n", "{\"a\":\"1\"}|{\"a\":\"2\"}|");
	good("\xef\xbb\xbfid\n1\n", "{\"id\":\"1\"}|");
	good("\xef\xbb\xbf\"id\"\n1\n", "{\"id\":\"1\"}|");
	good("\xef\xbb\xbf\n\xef\xbb\xbfid\n1\n", "{\"\xef\xbb\xbfid\":\"1\"}|");
	good("\xef\xbb\xaa\n1\n", "{\"\xef\xbb\xaa\":\"1\"}|");
	good("a,\n1,2\n", "{\"a\":\"1\",\"\":\"2\"}|");
}

static void test_delimiter(void)
{
	struct rdb_json_csv csv;

	check("a;b\n1,2;3\n", ';', "{\"a\":\"1,2\",\"b\":\"3\"}|", 0, 0, NULL);
	check("a\tb\n1 2\t\n", '\t', "{\"a\":\"1 2\"}|", 0, 0, NULL);
	CHECK_INT(rdb_json_csv_init(&csv, '"', 0), -EINVAL);
	CHECK_INT(rdb_json_csv_init(&csv, '\r', 0), -EINVAL);
	CHECK_INT(rdb_json_csv_init(&csv, '\n', 0), -EINVAL);
	CHECK_INT(rdb_json_csv_init(&csv, '\0', 0), -EINVAL);
}

static void test_faults(void)
{
	check("", ',', "", -EINVAL, 0, "a row of column names");
	check("\xef\xbb", ',', "", -EINVAL, 2, "a row of column names");
	check("\n\n", ',', "", -EINVAL, 2, "a row of column names");
	check("a,b\n1\n", ',', "", -EINVAL, 4, "as many fields as there are column names");
	check("a,b\n1,2\n1,2,3\n", ',', "{\"a\":\"1\",\"b\":\"2\"}|", -EINVAL, 8,
		"as many fields as there are column names");
	check("a,b,a\n1,2,3\n", ',', "", -EINVAL, 0, "column names that differ");
	check("a\n1\n\"2", ',', "{\"a\":\"1\"}|", -EINVAL, 6, "'\"' at the end of a field");
}

static void test_large_documents_are_refused(void)
{
	struct result result;
	static char text[2000];

	run("a\n12345\n", 8, ',', 3, 13, &result);
	CHECK_INT(result.rc, 0);
	run("a\n12345\n", 8, ',', 3, 12, &result);
	CHECK_INT(result.rc, -EMSGSIZE);
	CHECK_INT(result.fault.at, 2);
	memset(text, 'x', sizeof(text));
	memcpy(text, "a\n\"", 3);
	run(text, sizeof(text), ',', 10, 100, &result);
	CHECK_INT(result.rc, -EMSGSIZE);
}

static void test_too_many_columns_are_refused(void)
{
	static char text[RDB_JSON_COLUMNS * 7 + 20];
	struct result result;
	size_t len = 0;

	for (int i = 0; i < RDB_JSON_COLUMNS; i++)
		len += (size_t)sprintf(text + len, "%sc%d", i ? "," : "", i);
	run(text, len, ',', 1000, 0, &result);
	CHECK_INT(result.rc, 0);
	len += (size_t)sprintf(text + len, ",x");
	run(text, len, ',', 1000, 0, &result);
	CHECK_INT(result.rc, -EINVAL);
	CHECK_STR(result.fault.expected, "fewer columns");
}

static void test_offset_of_each_row(void)
{
	struct result result;

	run("a\r\n1\r\n22\r\n", 10, ',', 2, 0, &result);
	CHECK_INT(result.count, 2);
	CHECK_INT(result.last_offset, 6);
}

int main(void)
{
	RUN(test_values_are_those_of_python);
	RUN(test_fields);
	RUN(test_delimiter);
	RUN(test_faults);
	RUN(test_large_documents_are_refused);
	RUN(test_too_many_columns_are_refused);
	RUN(test_offset_of_each_row);
	CHECK_EXIT();
}
