#include "json/split.h"

#include "unit/check.h"

#include <errno.h>

#define MOST 5000

/* Result of a whole text: its documents as "a|b|c|", and the final status. */
struct result {
	char text[MOST];
	size_t len;
	uint64_t count;
	int rc;
	struct rdb_json_fault fault;
};

static void keep(struct result *result, const struct rdb_json_piece *piece, const char *text)
{
	CHECK_INT(piece->number, result->count + 1);
	CHECK(memcmp(text + piece->offset, piece->data, piece->len) == 0);
	REQUIRE(result->len + piece->len + 2 < MOST);
	memcpy(result->text + result->len, piece->data, piece->len);
	result->len += piece->len;
	result->text[result->len++] = '|';
	result->text[result->len] = '\0';
	result->count++;
}

/* Each piece in an allocation of its length, so that sanitizers detect a read past its end. */
static int feed(struct rdb_json_split *split, const char *text, size_t at, size_t len,
	struct result *result)
{
	struct rdb_json_piece piece;
	char *copy = malloc(len ? len : 1);
	int rc;

	REQUIRE(copy);
	memcpy(copy, text + at, len);
	rdb_json_split_feed(split, copy, len);
	while ((rc = rdb_json_split_next(split, &piece, &result->fault)) == 1)
		keep(result, &piece, text);
	free(copy);
	return rc;
}

static void run(const char *text, size_t len, size_t step, size_t limit, struct result *result)
{
	struct rdb_json_split split;
	struct rdb_json_piece piece;
	int rc = 0;

	memset(result, 0, sizeof(*result));
	rdb_json_split_init(&split, limit);
	for (size_t at = 0; at < len && rc == 0; at += step)
		rc = feed(&split, text, at, len - at < step ? len - at : step, result);
	while (rc == 0 && (rc = rdb_json_split_end(&split, &piece, &result->fault)) == 1) {
		keep(result, &piece, text);
		rc = 0;
	}
	if (rc < 0)
		CHECK_INT(rdb_json_split_next(&split, &piece, NULL), rc);
	result->rc = rc;
	rdb_json_split_free(&split);
}

static void check(const char *text, const char *documents, int rc, size_t at, const char *expected)
{
	size_t len = strlen(text);
	struct result result;

	for (size_t step = 1; step <= len + 1; step++) {
		run(text, len, step, 0, &result);
		if (strcmp(result.text, documents) != 0 || result.rc != rc)
			fprintf(stderr, "in steps of %zu: %s\n", step, text);
		CHECK_STR(result.text, documents);
		CHECK_INT(result.rc, rc);
		if (rc < 0) {
			CHECK_INT(result.fault.at, at);
			CHECK_STR(result.fault.expected, expected);
		}
	}
}

static void good(const char *text, const char *documents)
{
	check(text, documents, 0, 0, NULL);
}

static void test_arrays(void)
{
	good("[\n]\n", "");
	good("[\n{\"id\":1}\n]\n", "{\"id\":1}|");
	good("[\n{\"id\": 1},\n{\"id\": 2}\n]\n", "{\"id\": 1}|{\"id\": 2}|");
	good(" [ {} ,[1,2], \"a,]\" , 1,null ] ", "{}|[1,2]|\"a,]\"|1|null|");
	good("[{\"a\":\"},{\"},{\"b\":\"\\\"},{\"}]", "{\"a\":\"},{\"}|{\"b\":\"\\\"},{\"}|");
}

static void test_streams(void)
{
	good("{}", "{}|");
	good("{\"a\":1}\n{\"b\":[2]}\n", "{\"a\":1}|{\"b\":[2]}|");
	good("{}{} \r\n\t{}", "{}|{}|{}|");
	good("{} 12", "{}|12|");
	good("12 \"a b\"", "12|\"a b\"|");
	good("{}\n[1]", "{}|[1]|");
}

static void test_faults(void)
{
	check("", "", -EINVAL, 0, "'[' or a document");
	check(" \n", "", -EINVAL, 2, "'[' or a document");
	check("[", "", -EINVAL, 1, "a document or ']'");
	check("[,", "", -EINVAL, 1, "a document or ']'");
	check("[{}", "{}|", -EINVAL, 3, "',' or ']' after a document");
	check("[{},", "{}|", -EINVAL, 4, "a document after ','");
	check("[{},]", "{}|", -EINVAL, 4, "a document after ','");
	check("[{},,{}]", "{}|", -EINVAL, 4, "a document after ','");
	check("[{} {}]", "{}|", -EINVAL, 4, "',' or ']' after a document");
	check("[{}{}]", "{}|", -EINVAL, 3, "',' or ']' after a document");
	check("[{}}", "{}|", -EINVAL, 3, "',' or ']' after a document");
	check("[{}]]", "{}|", -EINVAL, 4, "nothing after the array of documents");
	check("[{}] {}", "{}|", -EINVAL, 5, "nothing after the array of documents");
	check("[{}]\n,", "{}|", -EINVAL, 5, "nothing after the array of documents");
	check("{},{}", "{}|", -EINVAL, 2, "another document");
	check("{}]", "{}|", -EINVAL, 2, "another document");
	check("]", "", -EINVAL, 0, "'[' or a document");
	check(",{}", "", -EINVAL, 0, "'[' or a document");
	check("{\"a\":1", "", -EINVAL, 6, "the rest of a document");
	check("[{\"a\":\"}]", "", -EINVAL, 9, "the rest of a document");
	check("[12", "", -EINVAL, 3, "the rest of a document");
	check("{} \"a", "{}|", -EINVAL, 5, "the rest of a document");
}

/* Splits a text that may be blank, in pieces of one byte. Returns the result of its end. */
static int end_of_blank(const char *text, bool *blank)
{
	struct rdb_json_split split;
	struct rdb_json_piece piece;
	int rc = 0;

	rdb_json_split_init(&split, 0);
	rdb_json_split_accept_blank(&split);
	for (; *text && rc == 0; text++) {
		rdb_json_split_feed(&split, text, 1);
		rc = rdb_json_split_next(&split, &piece, NULL);
	}
	*blank = rdb_json_split_is_blank(&split);
	rc = rc == 0 ? rdb_json_split_end(&split, &piece, NULL) : rc;
	rdb_json_split_free(&split);
	return rc;
}

static void test_blank_texts_are_accepted(void)
{
	static const char *const blanks[] = {"", "\n", " \r\n\t", "\xef\xbb\xbf", "\xef\xbb\xbf\n"};
	static const char *const others[] = {"[", "[ ", "{", "\xef\xbb", ",", "]"};
	bool blank;

	for (size_t i = 0; i < sizeof(blanks) / sizeof(blanks[0]); i++) {
		CHECK_INT(end_of_blank(blanks[i], &blank), 0);
		CHECK(blank);
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		CHECK_INT(end_of_blank(others[i], &blank), -EINVAL);
	CHECK_INT(end_of_blank("[]", &blank), 0);
	CHECK(!blank);
}

static void test_large_documents_are_refused(void)
{
	const char *text = "[{\"a\":1},\n{\"a\":12},{}]";
	struct result result;

	for (size_t step = 1; step < 30; step++) {
		run(text, strlen(text), step, 8, &result);
		CHECK_INT(result.rc, 0);
		CHECK_INT(result.count, 3);
		run(text, strlen(text), step, 7, &result);
		CHECK_INT(result.rc, -EMSGSIZE);
		CHECK_INT(result.count, 1);
		CHECK_INT(result.fault.at, 10);
	}
}

/* Reading may begin behind 4 GiB of text, of which offsets have more than 32 bits. */
static void test_fault_behind_4_gib(void)
{
	static const char text[] = "{\"a\":1};";
	const uint64_t start = UINT64_C(5) << 30;
	struct rdb_json_split split;
	struct rdb_json_piece piece;
	struct rdb_json_fault fault;

	rdb_json_split_init(&split, 0);
	rdb_json_split_enter(&split, true, start, 0);
	rdb_json_split_feed(&split, text, strlen(text));
	CHECK_INT(rdb_json_split_next(&split, &piece, &fault), 1);
	CHECK_INT(piece.offset, start);
	CHECK_INT(rdb_json_split_next(&split, &piece, &fault), -EINVAL);
	CHECK_INT(fault.at, start + 7);
	rdb_json_split_free(&split);
}

/* A document without an end needs no more memory than the limit. */
static void test_limit_is_memory(void)
{
	struct rdb_json_split split;
	struct rdb_json_piece piece;
	char part[1000];
	int rc = 0, fed;

	memset(part, ' ', sizeof(part));
	rdb_json_split_init(&split, 10000);
	rdb_json_split_feed(&split, "[{", 2);
	CHECK_INT(rdb_json_split_next(&split, &piece, NULL), 0);
	for (fed = 0; fed < 1000 && rc == 0; fed++) {
		rdb_json_split_feed(&split, part, sizeof(part));
		rc = rdb_json_split_next(&split, &piece, NULL);
	}
	CHECK_INT(rc, -EMSGSIZE);
	CHECK_INT(fed, 10);
	rdb_json_split_free(&split);
}

/* More documents than the scanner marks in one call, and documents larger than one piece. */
static void test_many(void)
{
	enum { COUNT = 3000, LARGE = 300 };
	static char text[COUNT * 4 + COUNT / 100 * LARGE];
	size_t len = 0;
	struct rdb_json_split split;
	struct rdb_json_piece piece;
	uint64_t count = 0, bytes = 0;
	int rc = 0;

	for (int i = 0; i < COUNT; i++) {
		int fill = i % 100 ? 0 : LARGE - 10;

		len += (size_t)sprintf(text + len, "%c{%*s}", i ? ',' : '[', fill, "");
	}
	text[len++] = ']';
	rdb_json_split_init(&split, 0);
	for (size_t at = 0; at < len; at += 101) {
		rdb_json_split_feed(&split, text + at, len - at < 101 ? len - at : 101);
		while ((rc = rdb_json_split_next(&split, &piece, NULL)) == 1) {
			CHECK(piece.data[0] == '{' && piece.data[piece.len - 1] == '}');
			count++;
			bytes += piece.len;
		}
		CHECK_INT(rc, 0);
	}
	CHECK_INT(rdb_json_split_end(&split, &piece, NULL), 0);
	CHECK_INT(count, COUNT);
	CHECK_INT(bytes, len - COUNT - 1);
	rdb_json_split_free(&split);
}

int main(void)
{
	RUN(test_arrays);
	RUN(test_streams);
	RUN(test_faults);
	RUN(test_blank_texts_are_accepted);
	RUN(test_large_documents_are_refused);
	RUN(test_fault_behind_4_gib);
	RUN(test_limit_is_memory);
	RUN(test_many);
	CHECK_EXIT();
}
