/* Line breaks in binary values, and documents that fit into a query only without them. */
#include "json/binary.h"

#include "format/documents.h"
#include "pipeline/batch.h"
#include "unit/check.h"

#include <errno.h>

static void check_copy(const char *text, const char *expected)
{
	struct rdb_buf out = {0};

	CHECK_INT(rdb_json_binary_copy(text, strlen(text), &out), 0);
	CHECK_STR(rdb_buf_cstr(&out), expected);
	CHECK_INT(rdb_json_binary_length(text, strlen(text)), strlen(expected));
	rdb_buf_free(&out);
}

#define B "{\"$reql_type$\":\"BINARY\",\"data\":\""

static void test_line_feeds_of_binaries_are_removed(void)
{
	check_copy("", "");
	check_copy("{\"id\":1}", "{\"id\":1}");
	check_copy(B "AA\\r\\nBB\\r\\n\"}", B "AABB\"}");
	check_copy("{\"a\":" B "AA\\r\\nBB\"},\"b\":" B "\\r\\n\"},\"c\":\"\\r\\n\"}",
		"{\"a\":" B "AABB\"},\"b\":" B "\"},\"c\":\"\\r\\n\"}");
	check_copy("{\"$reql_type$\" : \"BINARY\" , \"data\" : \"A\\r\\nB\" }",
		"{\"$reql_type$\" : \"BINARY\" , \"data\" : \"AB\" }");
	check_copy(B "AA\\nBB\\r\"}", B "AABB\"}");
	check_copy(B "AA\\u000aBB\\/\"}", B "AA\\u000aBB\\/\"}");
	/* Other types, and strings that look like binary values. */
	check_copy("{\"$reql_type$\":\"TIME\",\"data\":\"A\\r\\nB\"}",
		"{\"$reql_type$\":\"TIME\",\"data\":\"A\\r\\nB\"}");
	check_copy("{\"x\":\"{\\\"$reql_type$\\\":\\\"BINARY\\\",\\\"data\\\":\\\"A\\r\\nB\\\"}\"}",
		"{\"x\":\"{\\\"$reql_type$\\\":\\\"BINARY\\\",\\\"data\\\":\\\"A\\r\\nB\\\"}\"}");
	check_copy("{\"x\":\"\\\"$reql_type$\":\"BINARY\",\"data\":\"A\\r\\nB\"}",
		"{\"x\":\"\\\"$reql_type$\":\"BINARY\",\"data\":\"A\\r\\nB\"}");
	/* Cut at any position: not valid, but reads nothing past the end. */
	for (size_t len = 0; len < strlen(B "AA\\r\\nBB\"}"); len++)
		CHECK(rdb_json_binary_length(B "AA\\r\\nBB\"}", len) <= len);
}

/* A document with the given number of base64 characters, broken into lines like the server does. */
static void put_document(struct rdb_buf *text, size_t characters)
{
	char line[77] = "";

	memset(line, 'A', 76);
	REQUIRE(rdb_buf_puts(text, "{\"id\":1,\"b\":" B) == 0);
	for (size_t i = 0; i < characters / 76; i++)
		REQUIRE(rdb_buf_printf(text, "%s%s", i ? "\\r\\n" : "", line) == 0);
	REQUIRE(rdb_buf_puts(text, "\"}}") == 0);
}

static int restore(size_t characters, struct rdb_batch *batch, struct rdb_err *err)
{
	const struct rdb_batch_target target = {.db = "shop", .table = "t"};
	struct rdb_documents documents;
	struct rdb_json_piece piece;
	struct rdb_json_span key;
	struct rdb_buf text = {0};
	int rc;

	put_document(&text, characters);
	REQUIRE(rdb_documents_init(&documents, 0, err) == 0);
	rdb_documents_feed(&documents, text.data, text.len);
	rc = rdb_documents_next(&documents, &piece, err);
	if (rc == 1)
		rc = rdb_documents_check(&piece, "id", &key, err);
	if (rc == 0)
		rc = rdb_batch_begin(batch, &target);
	if (rc == 0)
		rc = rdb_batch_put(batch, &piece);
	if (rc == 0)
		rc = rdb_batch_finish(batch, &target);
	rdb_documents_free(&documents);
	rdb_buf_free(&text);
	return rc;
}

/* 95 MiB in a value: 133 MiB in a dump, 127 MiB in a query. */
static void test_binary_of_95_mib_fits(void)
{
	struct rdb_batch *batch = calloc(1, sizeof(*batch));
	struct rdb_err err = {0};

	REQUIRE(batch);
	CHECK_INT(restore((size_t)95 * 4 / 3 << 20, batch, &err), 0);
	CHECK(batch->write.query.len < (size_t)128 << 20);
	CHECK(!memmem(batch->write.query.data, batch->write.query.len, "\\r", 2));
	CHECK_INT(rdb_batch_get(batch, 0).len, batch->bytes);
	CHECK_INT(restore((size_t)98 * 4 / 3 << 20, batch, &err), -EINVAL);
	CHECK(strstr(err.text, "document 1 at byte 0 is larger than the server accepts (128 MiB)"));
	rdb_batch_free(batch);
}

int main(void)
{
	RUN(test_line_feeds_of_binaries_are_removed);
	RUN(test_binary_of_95_mib_fits);
	CHECK_EXIT();
}
