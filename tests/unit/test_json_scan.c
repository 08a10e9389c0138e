#include "json/count.h"
#include "json/document_scan.h"

#include "unit/check.h"

#include <errno.h>

static const enum rdb_json_kernel KERNELS[] = {
	RDB_JSON_BYTES, RDB_JSON_SSE2, RDB_JSON_AVX2, RDB_JSON_AVX512};

#define ALL_MARKS 100000

struct found {
	size_t count;
	uint64_t at[ALL_MARKS];
	struct rdb_json_scan scan;
};

static void feed(struct found *found, const char *text, size_t len, size_t base)
{
	struct rdb_json_marks marks;

	for (size_t at = 0; at < len;) {
		size_t taken = rdb_json_scan(&found->scan, text + at, len - at, &marks);

		REQUIRE(taken > 0);
		REQUIRE(found->count + marks.count <= ALL_MARKS);
		for (size_t i = 0; i < marks.count; i++)
			found->at[found->count++] =
				((uint64_t)(marks.at[i] >> 1) + base + at) << 1 | (marks.at[i] & 1);
		at += taken;
	}
}

/* Each piece in an allocation of its length, so that sanitizers detect a read past its end. */
static void feed_copy(struct found *found, const char *text, size_t len, size_t base)
{
	char *copy = malloc(len ? len : 1);

	REQUIRE(copy);
	memcpy(copy, text, len);
	feed(found, copy, len, base);
	free(copy);
}

static bool same(const struct found *a, const struct found *b)
{
	return a->count == b->count && memcmp(a->at, b->at, a->count * sizeof(a->at[0])) == 0 &&
	       a->scan.mode == b->scan.mode && a->scan.depth == b->scan.depth &&
	       a->scan.string == b->scan.string && a->scan.escaped == b->scan.escaped &&
	       a->scan.bare == b->scan.bare;
}

static bool start(struct found *found, enum rdb_json_kernel kernel)
{
	found->count = 0;
	return rdb_json_scan_init_kernel(&found->scan, kernel) == 0;
}

/* Every kernel, with two pieces split at every step bytes, must find the marks that the first
 * kernel finds in one piece. */
static void check_kernels(const char *text, size_t len, size_t step)
{
	static struct found want, got;

	start(&want, RDB_JSON_BYTES);
	feed_copy(&want, text, len, 0);
	for (size_t k = 0; k < sizeof(KERNELS) / sizeof(KERNELS[0]); k++) {
		for (size_t split = 0; split <= len; split += step) {
			if (!start(&got, KERNELS[k]))
				break;
			feed_copy(&got, text, split, 0);
			feed_copy(&got, text + split, len - split, split);
			if (!same(&want, &got)) {
				fprintf(stderr, "kernel %d, split %zu of: %.*s\n", (int)KERNELS[k],
					split, (int)len, text);
				CHECK(false);
				return;
			}
		}
	}
}

static void check_text(const char *text, uint64_t documents, bool clean)
{
	struct rdb_json_count count;

	rdb_json_count_init(&count);
	rdb_json_count_feed(&count, text, strlen(text));
	if (rdb_json_count_documents(&count) != documents ||
		rdb_json_count_clean(&count) != clean) {
		fprintf(stderr, "of: %s\n", text);
		CHECK_INT(rdb_json_count_documents(&count), documents);
		CHECK_INT(rdb_json_count_clean(&count), clean);
	}
	check_kernels(text, strlen(text), 1);
}

static void test_arrays(void)
{
	check_text("[\n]\n", 0, true);
	check_text("[]", 0, true);
	check_text("[\n{\"id\": 1}\n]\n", 1, true);
	check_text("[\n{\"id\": 1},\n{\"id\": 2},\n{}\n]\n", 3, true);
	check_text(" \r\n\t[{},{},{}]  \n", 3, true);
	check_text("[{\"a\":[\n{\"id\": 1},\n{\"id\": 2}\n]\n}, {\"b\":[[[{}]]]}]", 2, true);
	check_text("[[],[[]],[[],[]]]", 3, true);
	check_text("[1, 2.5e3,true,null , \"a,b\",\"]\",{}]", 7, true);
}

static void test_streams(void)
{
	check_text("{}", 1, true);
	check_text("{}{}{}", 3, true);
	check_text("{\"a\":1}\n{\"a\":[2]}\n{\"a\":{}}", 3, true);
	check_text("{} [] {}", 3, true);
	check_text("1 2 \"x y\" {}", 4, true);
}

static void test_strings(void)
{
	check_text("[{\"a\":\"}\"},{\"a\":\"{\"},{\"]\":\"[\"}]", 3, true);
	check_text("[{\"a\":\"\\\"}\"},{\"a\":\"\\\\\"},{\"a\":\"\\\\\\\"},{\"}]", 3, true);
	check_text("[{\"a\":\"\\u0022},{\"},{\"b\":\"\\n]\\n\"}]", 2, true);
	check_text("[{\"a\":\"\n},\n{\n\"},{}]", 2, true);
	check_text("[{\"\xc3\xa4\":\"\xfb\xdb\xfd\xdd\"},{}]", 2, true);
}

static void test_incomplete_text_is_unclean(void)
{
	check_text("", 0, false);
	check_text(" \n", 0, false);
	check_text("[", 0, false);
	check_text("[\n{}", 1, false);
	check_text("[\n{},\n{\"a\":1", 2, false);
	check_text("[\n{}\n]\n]", 1, false);
	check_text("[{}]{}", 1, false);
	check_text("{}{", 2, false);
	check_text("{}}{}", 1, false);
	check_text("{\"a\":\"}", 1, false);
	check_text("]", 0, false);
	check_text("\"abc", 1, false);
}

/* Runs of backslashes of every length at every position of a block. */
static void test_backslashes(void)
{
	char text[512];

	for (size_t before = 0; before < 70; before++) {
		for (size_t run = 0; run < 70; run++) {
			size_t len = 0;

			len += (size_t)sprintf(text, "[{\"");
			memset(text + len, 'x', before);
			len += before;
			memset(text + len, '\\', run);
			len += run;
			len += (size_t)sprintf(text + len, "\":{},\"a\":\"},{\"},{\"b\":1}]");
			check_kernels(text, len, 61);
		}
	}
}

static void test_deep(void)
{
	enum { DEPTH = 5000 };
	static char text[2 * DEPTH + 2];

	memset(text, '[', DEPTH + 1);
	memset(text + DEPTH + 1, ']', DEPTH + 1);
	check_kernels(text, sizeof(text), 997);
}

static void test_random(void)
{
	static const char *const WORDS[] = {"{", "}", "[", "]", "\"", "\\", "\"", ",", "\n", " ",
		":", "a", "{}", "},\n{", "\"x\":", "\\\"", "\\\\", "\\u00e4", "\"abc def\"", "1",
		"{\"id\": \"0a1b2c3d-0000\", \"n\": [1, 2, {\"x\": 3}]},\n"};
	char text[2000];

	srand(1);
	for (int round = 0; round < 2000; round++) {
		size_t len = 0, most = (size_t)rand() % 600;

		/* mostly arrays, which are scanned further */
		if (round % 4)
			len = (size_t)sprintf(text, "[\n");
		while (len < most) {
			size_t word = (size_t)rand() % (sizeof(WORDS) / sizeof(WORDS[0]));

			if (round % 2 && rand() % 3)
				word = sizeof(WORDS) / sizeof(WORDS[0]) - 1;
			len += (size_t)sprintf(text + len, "%s", WORDS[word]);
		}
		check_kernels(text, len, 1 + (size_t)rand() % 40);
	}
}

/* Texts that are long enough for full batches of blocks, with rare values that end a batch early.
 */
static void test_batches(void)
{
	static const char *const WORDS[] = {"1,\n", "\"bare\",", "{\"a\\\"\": \"\\\\\"},\n", "}",
		"\\", "{\"id\": \"0a1b\", \"n\": [1, {\"x\": 3}], \"t\": \"\\u00e4 {\"},\n"};
	static char text[50000];

	srand(2);
	for (int round = 0; round < 60; round++) {
		size_t len = (size_t)sprintf(text, "[\n");

		while (len < 40000) {
			size_t word = rand() % 300 ? 5 : (size_t)rand() % (round % 3 ? 3 : 5);

			len += (size_t)sprintf(text + len, "%s%*s", WORDS[word], rand() % 3, "");
		}
		check_kernels(text, len, 9001);
	}
}

/* More documents than the marks of one call can store. */
static void test_more_documents_than_marks(void)
{
	static char text[3 * 20000 + 2];
	struct rdb_json_count count;

	text[0] = '[';
	for (size_t i = 0; i < 20000; i++)
		memcpy(text + 1 + 3 * i, i ? ",{}" : " {}", 3);
	text[sizeof(text) - 1] = ']';
	rdb_json_count_init(&count);
	rdb_json_count_feed(&count, text, sizeof(text));
	CHECK_INT(rdb_json_count_documents(&count), 20000);
	CHECK(rdb_json_count_clean(&count));
	check_kernels(text, sizeof(text), 7919);
}

static void test_unknown_kernel(void)
{
	struct rdb_json_scan scan;

	CHECK_INT(rdb_json_scan_init_kernel(&scan, (enum rdb_json_kernel)99), -ENOTSUP);
}

int main(void)
{
	RUN(test_arrays);
	RUN(test_streams);
	RUN(test_strings);
	RUN(test_incomplete_text_is_unclean);
	RUN(test_backslashes);
	RUN(test_deep);
	RUN(test_random);
	RUN(test_batches);
	RUN(test_more_documents_than_marks);
	RUN(test_unknown_kernel);
	CHECK_EXIT();
}
