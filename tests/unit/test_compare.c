#include "compare/compare.h"

#include "base/buf.h"
#include "compare/document_key.h"
#include "compare/sorted_documents.h"
#include "unit/check.h"
#include "json/same.h"

#include <errno.h>

/* ---- a source in memory ---- */

struct memory_documents {
	struct rdb_document_source source;
	const char *const *texts; /* NULL-terminated */
	size_t at;
	int fail; /* an errno after the last document */
	bool *closed;
};

static int next(
	struct rdb_document_source *source, struct rdb_json_piece *document, struct rdb_err *err)
{
	struct memory_documents *memory = (struct memory_documents *)source;
	const char *text = memory->texts[memory->at];

	if (!text)
		return memory->fail ? rdb_err_set(err, memory->fail, "the end") : 0;
	*document =
		(struct rdb_json_piece){.data = text, .len = strlen(text), .number = ++memory->at};
	return 1;
}

static void close_memory(struct rdb_document_source *source)
{
	struct memory_documents *memory = (struct memory_documents *)source;

	if (memory->closed)
		*memory->closed = true;
}

static const struct rdb_document_source_ops ops = {.next = next, .close = close_memory};

static struct memory_documents memory(const char *const *texts)
{
	return (struct memory_documents){.source.ops = &ops, .texts = texts};
}

/* ---- values ---- */

static bool same(const char *a, const char *b)
{
	const struct rdb_json_span left = {a, strlen(a)}, right = {b, strlen(b)};
	bool one = rdb_json_same(left, right);

	CHECK_INT(rdb_json_same(right, left), one);
	return one;
}

static void test_equal_values_in_other_forms(void)
{
	CHECK(same("{\"a\":1,\"b\":[true,null]}", "{\"b\": [true, null], \"a\": 1.0}"));
	CHECK(same("{\"a\":\"\xc3\xa9\"}", "{\"a\":\"\\u00e9\"}"));
	CHECK(same("100000000000000000000", "1e20"));
	CHECK(same("{\"x\":{\"$reql_type$\":\"BINARY\",\"data\":\"QUJD\\r\\nRA==\"}}",
		"{\"x\":{\"$reql_type$\":\"BINARY\",\"data\":\"QUJDRA==\"}}"));
	CHECK(!same("{\"x\":{\"$reql_type$\":\"BINARY\",\"data\":\"QUJD\"}}",
		"{\"x\":{\"$reql_type$\":\"BINARY\",\"data\":\"QUJE\"}}"));
	CHECK(!same("{\"x\":{\"$reql_type$\":\"BINARY\",\"data\":\"QUJD\"}}",
		"{\"x\":{\"$reql_type$\":\"BINARY\",\"data\":\"QUJDQUJD\"}}"));
	CHECK(!same("{\"a\":1}", "{\"a\":2}"));
	CHECK(!same("{\"a\":1}", "{\"a\":1,\"b\":1}"));
	CHECK(!same("{\"a\":1,\"c\":1}", "{\"a\":1,\"b\":1}"));
	CHECK(!same("[1,2]", "[2,1]"));
	CHECK(!same("[1]", "[1,1]"));
	CHECK(!same("\"1\"", "1"));
	CHECK(!same("true", "false"));
	CHECK(!same("{", "{}"));
}

/* ---- comparing ---- */

static int note(void *arg, const struct rdb_difference *difference, struct rdb_err *err)
{
	static const char signs[] = "+-~";
	struct rdb_buf *out = arg;

	(void)err;
	CHECK_INT(difference->from.data == NULL, difference->type == RDB_ADDED);
	CHECK_INT(difference->to.data == NULL, difference->type == RDB_REMOVED);
	return rdb_buf_printf(out, "%c%.*s ", signs[difference->type], (int)difference->key.len,
		difference->key.data);
}

static void check_compare(const char *const *from, const char *const *to, const char *expected)
{
	struct memory_documents a = memory(from), b = memory(to);
	struct rdb_difference_counts counts;
	struct rdb_buf out = {0};
	struct rdb_err err = {0};

	CHECK_INT(rdb_compare(&a.source, &b.source, "id", &counts, note, &out, &err), 0);
	CHECK_STR(rdb_buf_cstr(&out), expected);
	rdb_buf_free(&out);
}

#define DOCUMENTS(...) ((const char *const[]){__VA_ARGS__ __VA_OPT__(, ) NULL})

static void test_each_difference_is_found(void)
{
	check_compare(DOCUMENTS(), DOCUMENTS(), "");
	check_compare(DOCUMENTS("{\"id\":1}"), DOCUMENTS("{\"id\":1}"), "");
	check_compare(DOCUMENTS("{\"id\":1,\"a\":2}"), DOCUMENTS("{\"a\":2.0, \"id\":1}"), "");
	check_compare(DOCUMENTS(), DOCUMENTS("{\"id\":1}"), "+1 ");
	check_compare(DOCUMENTS("{\"id\":1}"), DOCUMENTS(), "-1 ");
	check_compare(DOCUMENTS("{\"id\":1,\"a\":1}", "{\"id\":3}", "{\"id\":\"x\"}"),
		DOCUMENTS("{\"id\":1,\"a\":2}", "{\"id\":2}", "{\"id\":\"x\"}"), "~1 +2 -3 ");
	check_compare(
		DOCUMENTS("{\"id\":17}", "{\"id\":\"17\"}"), DOCUMENTS("{\"id\":\"17\"}"), "-17 ");
	check_compare(DOCUMENTS("{\"id\":1}", "{\"id\":1}"), DOCUMENTS("{\"id\":1}"), "-1 ");
}

static void check_refused(const char *const *from, const char *const *to, int ret)
{
	struct memory_documents a = memory(from), b = memory(to);
	struct rdb_difference_counts counts;
	struct rdb_err err = {0};

	CHECK_INT(rdb_compare(&a.source, &b.source, "id", &counts, NULL, NULL, &err), ret);
	CHECK_INT(err.code, -ret);
}

static void test_order_is_checked(void)
{
	const char *const *sorted = DOCUMENTS("{\"id\":1}", "{\"id\":2}", "{\"id\":3}");
	const char *const *mixed = DOCUMENTS("{\"id\":1}", "{\"id\":3}", "{\"id\":2}");

	check_refused(sorted, mixed, -EDOM);
	check_refused(mixed, sorted, -EDOM);
	check_refused(mixed, mixed, -EDOM); /* equal bytes on both sides */
	check_refused(DOCUMENTS("{\"id\":5}", "{\"id\":1}"), DOCUMENTS("{\"id\":1}"), -EDOM);
	check_refused(DOCUMENTS("{}"), DOCUMENTS("{\"id\":1}"), -EINVAL);
	check_refused(DOCUMENTS("{\"id\":null}"), DOCUMENTS("{\"id\":1}"), -EINVAL);
}

static void test_source_fails(void)
{
	struct memory_documents a = memory(DOCUMENTS("{\"id\":1}")),
				b = memory(DOCUMENTS("{\"id\":1}"));
	struct rdb_difference_counts counts;
	struct rdb_err err = {0};

	b.fail = EIO;
	CHECK_INT(rdb_compare(&a.source, &b.source, "id", &counts, NULL, NULL, &err), -EIO);
	CHECK_STR(err.text, "the end");
}

/* ---- sorting ---- */

static void check_sorted(const char *const *texts, const char *expected)
{
	struct memory_documents from = memory(texts);
	struct rdb_document_source *sorted;
	struct rdb_json_piece document;
	struct rdb_buf out = {0};
	struct rdb_err err = {0};
	bool closed = false;

	from.closed = &closed;
	REQUIRE(rdb_sorted_documents(&from.source, "id", NULL, &sorted, &err) == 0);
	CHECK(closed);
	while (rdb_document_source_next(sorted, &document, &err) == 1)
		rdb_buf_printf(&out, "%.*s ", (int)document.len, document.data);
	CHECK_INT(err.code, 0);
	CHECK_INT(rdb_document_source_next(sorted, &document, &err), 0);
	CHECK_STR(rdb_buf_cstr(&out), expected);
	rdb_buf_free(&out);
	rdb_document_source_close(sorted);
}

static void test_documents_are_sorted_by_key(void)
{
	check_sorted(DOCUMENTS(), "");
	check_sorted(DOCUMENTS("{\"id\":3}", "{\"id\":true}", "{\"id\":\"a\"}", "{\"id\":1}"),
		"{\"id\":true} {\"id\":1} {\"id\":3} {\"id\":\"a\"} ");
	check_sorted(DOCUMENTS("{\"id\":1,\"n\":2}", "{\"id\":1,\"n\":1}"),
		"{\"id\":1,\"n\":2} {\"id\":1,\"n\":1} ");
}

/* Documents of about 1 MiB with numbers in a scattered order: several sorted runs. */
struct many {
	struct rdb_document_source source;
	unsigned made, count;
	struct rdb_buf text;
};

static int next_of_many(
	struct rdb_document_source *source, struct rdb_json_piece *document, struct rdb_err *err)
{
	struct many *many = (struct many *)source;

	(void)err;
	if (many->made == many->count)
		return 0;
	rdb_buf_clear(&many->text);
	rdb_buf_printf(&many->text, "{\"id\":%u,\"pad\":\"", many->made * 37 % many->count);
	REQUIRE(rdb_buf_reserve(&many->text, 1 << 20) == 0);
	memset(many->text.data + many->text.len, 'x', 1 << 20);
	many->text.len += 1 << 20;
	rdb_buf_puts(&many->text, "\"}");
	*document = (struct rdb_json_piece){
		.data = many->text.data, .len = many->text.len, .number = ++many->made};
	return 1;
}

static void close_many(struct rdb_document_source *source)
{
	rdb_buf_free(&((struct many *)source)->text);
}

static void test_sorting_on_disk(void)
{
	static const struct rdb_document_source_ops many_ops = {
		.next = next_of_many, .close = close_many};
	struct many many = {.source.ops = &many_ops, .count = 100};
	struct rdb_document_source *sorted;
	struct rdb_json_piece document;
	struct rdb_document_key key;
	struct rdb_err err = {0};
	unsigned count = 0;

	REQUIRE(rdb_sorted_documents(&many.source, "id", NULL, &sorted, &err) == 0);
	while (rdb_document_source_next(sorted, &document, &err) == 1) {
		REQUIRE(rdb_document_key(&document, "id", &key, &err) == 0);
		CHECK_INT(strtol(key.json.data, NULL, 10), count);
		CHECK_INT(document.data[document.len - 1], '}');
		count++;
	}
	CHECK_INT(count, many.count);
	rdb_document_source_close(sorted);
}

static void test_sorting_fails(void)
{
	struct memory_documents from = memory(DOCUMENTS("{\"id\":1}", "{\"no\":1}"));
	struct rdb_document_source *sorted;
	struct rdb_err err = {0};

	CHECK_INT(rdb_sorted_documents(&from.source, "id", NULL, &sorted, &err), -EINVAL);
	CHECK_STR(err.text, "document 2 has no usable primary key \"id\"");
}

/* ---- a model ---- */

static unsigned seed = 1;

static unsigned random_below(unsigned limit)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 16) % limit;
}

/* Compares random tables with the counts of a simple comparison of every key. */
static void test_random_tables(void)
{
	for (int round = 0; round < 2000; round++) {
		enum { KEYS = 12 };
		unsigned values[2][KEYS]; /* 0: no document */
		char texts[2][KEYS][32];
		const char *documents[2][KEYS + 1];
		struct rdb_difference_counts counts, expected = {0};
		struct rdb_err err = {0};

		for (int side = 0; side < 2; side++) {
			size_t count = 0;
			for (int k = 0; k < KEYS; k++) {
				values[side][k] = random_below(3);
				if (values[side][k] == 0)
					continue;
				snprintf(texts[side][k], sizeof(texts[side][k]),
					"{\"id\":%d,\"v\":%u}", k, values[side][k]);
				documents[side][count++] = texts[side][k];
			}
			documents[side][count] = NULL;
		}
		for (int k = 0; k < KEYS; k++) {
			unsigned a = values[0][k], b = values[1][k];
			expected.added += !a && b;
			expected.removed += a && !b;
			expected.changed += a && b && a != b;
			expected.same += a && a == b;
		}
		struct memory_documents from = memory(documents[0]), to = memory(documents[1]);
		CHECK_INT(
			rdb_compare(&from.source, &to.source, "id", &counts, NULL, NULL, &err), 0);
		CHECK_INT(counts.added, expected.added);
		CHECK_INT(counts.removed, expected.removed);
		CHECK_INT(counts.changed, expected.changed);
		CHECK_INT(counts.same, expected.same);
	}
}

int main(void)
{
	RUN(test_equal_values_in_other_forms);
	RUN(test_each_difference_is_found);
	RUN(test_order_is_checked);
	RUN(test_source_fails);
	RUN(test_documents_are_sorted_by_key);
	RUN(test_sorting_on_disk);
	RUN(test_sorting_fails);
	RUN(test_random_tables);
	return check_failed != 0;
}
