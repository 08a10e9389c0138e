/*
 * Fuzzes a stream of documents in arbitrary pieces, which is split, validated and counted; compares
 * it with what jansson parses from the whole. The first byte determines the length of the pieces.
 */
#include "base/byte_order_mark.h"
#include "fuzz/json_reference.h"
#include "json/count.h"
#include "json/split.h"

#define MOST 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct documents {
	struct {
		size_t offset, len;
	} at[MOST];
	size_t count;
	bool whole; /* the text is valid to its end */
};

static void keep(struct documents *documents, size_t offset, size_t len)
{
	if (documents->count < MOST) {
		documents->at[documents->count].offset = offset;
		documents->at[documents->count].len = len;
	}
	documents->count++;
}

/* Reads one value with optional white space around it and returns its end; 0: none. */
static size_t reference_document(const char *text, size_t len, size_t at, void *arg)
{
	struct documents *documents = arg;
	size_t used = at < len ? reference_value(text + at, len - at, NULL) : 0;

	if (used == 0)
		return 0;
	keep(documents, at, used);
	return at + used;
}

static bool is_bracket(char c)
{
	return c == '{' || c == '[';
}

static bool reference_stream(const char *text, size_t len, size_t at, struct documents *documents)
{
	while (at < len) {
		bool bare = !is_bracket(text[at]);
		size_t end = reference_document(text, len, at, documents);

		if (end == 0)
			return false;
		at = reference_space(text, len, end);
		if (bare && at == end && at < len && !is_bracket(text[at]))
			return false;
	}
	return true;
}

static void reference(const char *text, size_t len, struct documents *documents)
{
	/* jansson rejects a byte order mark */
	size_t at = reference_space(text, len, rdb_byte_order_mark(text, len));

	documents->count = 0;
	if (at == len)
		documents->whole = false;
	else if (text[at] == '[')
		documents->whole =
			reference_array(text, len, at + 1, reference_document, documents);
	else
		documents->whole = reference_stream(text, len, at, documents);
}

static int read_piece(
	const struct rdb_json_piece *piece, const char *text, struct documents *documents)
{
	struct rdb_json_want want = {0};

	DEMAND(memcmp(text + piece->offset, piece->data, piece->len) == 0);
	if (rdb_json_document(piece->data, piece->len, &want, NULL, NULL) != 0)
		return -1;
	keep(documents, piece->offset, piece->len);
	DEMAND(piece->number == documents->count);
	return 0;
}

static int feed(struct rdb_json_split *split, const char *text, size_t at, size_t len,
	struct documents *documents)
{
	struct rdb_json_piece piece;
	char *copy = malloc(len);
	int rc;

	DEMAND(copy);
	memcpy(copy, text + at, len);
	rdb_json_split_feed(split, copy, len);
	while ((rc = rdb_json_split_next(split, &piece, NULL)) == 1)
		if ((rc = read_piece(&piece, text, documents)) != 0)
			break;
	free(copy);
	return rc;
}

static void split_all(const char *text, size_t len, size_t step, enum rdb_json_kernel kernel,
	struct documents *documents)
{
	struct rdb_json_split split;
	struct rdb_json_piece piece;
	int rc = 0;

	documents->count = 0;
	rdb_json_split_init(&split, 0);
	rdb_json_scan_init_kernel(&split.scan, kernel);
	for (size_t at = 0; at < len && rc == 0; at += step)
		rc = feed(&split, text, at, len - at < step ? len - at : step, documents);
	while (rc == 0 && (rc = rdb_json_split_end(&split, &piece, NULL)) == 1)
		rc = read_piece(&piece, text, documents);
	documents->whole = rc == 0;
	rdb_json_split_free(&split);
}

static void compare(const struct documents *want, const struct documents *got)
{
	DEMAND(want->whole == got->whole);
	/* the reference may have accepted the start of a value that is invalid as a whole */
	DEMAND(got->count <= want->count && want->count - got->count <= !want->whole);
	for (size_t i = 0; i < got->count && i < MOST; i++) {
		DEMAND(got->at[i].offset == want->at[i].offset);
		DEMAND(got->at[i].len == want->at[i].len);
	}
}

static void check_count(const char *text, size_t len, size_t step, const struct documents *want)
{
	struct rdb_json_count count;

	rdb_json_count_init(&count);
	for (size_t at = 0; at < len; at += step)
		rdb_json_count_feed(&count, text + at, len - at < step ? len - at : step);
	if (want->whole) {
		DEMAND(rdb_json_count_documents(&count) == want->count);
		DEMAND(rdb_json_count_clean(&count));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct documents want, got;
	const char *text = (const char *)data + 1;
	size_t len = size - 1;

	if (size == 0)
		return 0;
	reference(text, len, &want);
	for (int kernel = RDB_JSON_BYTES; kernel <= RDB_JSON_AVX512; kernel++) {
		split_all(text, len, (size_t)data[0] * (kernel + 1u) + 1,
			(enum rdb_json_kernel)kernel, &got);
		if (!reference_differs(text, len))
			compare(&want, &got);
	}
	if (!reference_differs(text, len))
		check_count(text, len, data[0] + 1u, &want);
	return 0;
}
