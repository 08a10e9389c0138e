#include "json/document.h"
#include "json/chars.h"
#include "json/number.h"
#include "json/string.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

enum expect { VALUE, FIRST_ELEMENT, FIRST_NAME, NAME, AFTER };

static const char *const EXPECTED[] = {
	[VALUE] = "a value",
	[FIRST_ELEMENT] = "a value or ']'",
	[FIRST_NAME] = "a member name in quotes or '}'",
	[NAME] = "a member name in quotes",
	[AFTER] = "',' or a closing bracket",
};

struct reader {
	const char *at;
	const char *end;
	const char *expected; /* constant text; set after an error */
	const struct rdb_json_want *want;
	struct rdb_json_found found;
	enum expect expect;
	unsigned depth;
	unsigned depth_max;
	const char *key; /* start of the primary key's value while it is being read */
	bool key_next;
	bool type_next;     /* whether the next value is that of "$reql_type$" */
	const char *copied; /* end of the text that was already copied to want->wrap */
	/* stack of the open brackets, one bit each; 1 is an object */
	uint64_t objects[RDB_JSON_DEPTH_MAX / 64];
};

static int fail(struct reader *reader, const char *expected)
{
	reader->expected = expected;
	return -EINVAL;
}

static void skip_space(struct reader *reader)
{
	reader->at = rdb_json_skip_space(reader->at, reader->end);
}

/* ---- the open brackets ---- */

static bool in_object(const struct reader *reader)
{
	unsigned top = reader->depth - 1;

	return reader->objects[top / 64] >> top % 64 & 1;
}

static int push(struct reader *reader, bool object)
{
	uint64_t bit = (uint64_t)1 << reader->depth % 64;
	uint64_t *word = &reader->objects[reader->depth / 64];

	if (reader->depth >= reader->depth_max)
		return fail(reader, "fewer brackets inside one another");
	*word = object ? *word | bit : *word & ~bit;
	reader->depth++;
	return 0;
}

/* ---- copying with arrays wrapped ---- */

static int copy(struct reader *reader)
{
	const char *from = reader->copied;

	reader->copied = reader->at;
	return rdb_buf_add(reader->want->wrap, from, (size_t)(reader->at - from));
}

static int wrap_open(struct reader *reader)
{
	int ret;

	reader->found.arrays = true;
	if (!reader->want->wrap)
		return 0;
	ret = copy(reader);
	return ret ? ret : rdb_buf_add(reader->want->wrap, "[2,", 3);
}

static int wrap_close(struct reader *reader)
{
	int ret;

	if (!reader->want->wrap)
		return 0;
	ret = copy(reader);
	return ret ? ret : rdb_buf_putc(reader->want->wrap, ']');
}

/* ---- values ---- */

static int end_value(struct reader *reader)
{
	reader->expect = AFTER;
	if (reader->key && reader->depth == 1) {
		reader->found.key.data = reader->key;
		reader->found.key.len = (size_t)(reader->at - reader->key);
		reader->key = NULL;
	}
	return 0;
}

static int open_array(struct reader *reader)
{
	int ret = push(reader, false);

	if (ret == 0)
		ret = wrap_open(reader);
	if (ret != 0)
		return ret;
	reader->at++;
	reader->expect = FIRST_ELEMENT;
	return 0;
}

static int open_object(struct reader *reader)
{
	int ret = push(reader, true);

	if (ret != 0)
		return ret;
	reader->at++;
	reader->expect = FIRST_NAME;
	return 0;
}

static int close_array(struct reader *reader)
{
	int ret;

	reader->at++;
	reader->depth--;
	ret = wrap_close(reader);
	return ret ? ret : end_value(reader);
}

static int close_object(struct reader *reader)
{
	reader->at++;
	reader->depth--;
	return end_value(reader);
}

static int read_literal(struct reader *reader, const char *word, size_t len)
{
	if ((size_t)(reader->end - reader->at) < len || memcmp(reader->at, word, len) != 0)
		return fail(reader, EXPECTED[VALUE]);
	reader->at += len;
	return end_value(reader);
}

static int read_string(struct reader *reader, bool *nul)
{
	return rdb_json_string(&reader->at, reader->end, nul, &reader->expected);
}

static bool is_text(const char *begin, const char *end, const char *text)
{
	return rdb_json_text_equals(
		(struct rdb_json_span){begin, (size_t)(end - begin)}, text, strlen(text));
}

static int read_string_value(struct reader *reader)
{
	const char *begin = reader->at + 1;
	bool nul;
	int ret = read_string(reader, &nul);

	if (ret != 0)
		return ret;
	if (reader->type_next && is_text(begin, reader->at - 1, "LITERAL"))
		reader->found.literals = true;
	reader->type_next = false;
	return end_value(reader);
}

static int read_number(struct reader *reader)
{
	int ret = rdb_json_number(&reader->at, reader->end, &reader->expected);

	return ret ? ret : end_value(reader);
}

static int read_value(struct reader *reader)
{
	if (reader->key_next) {
		reader->key_next = false;
		reader->key = reader->at;
	}
	if (*reader->at == '"')
		return read_string_value(reader);
	reader->type_next = false;
	switch (*reader->at) {
	case '{':
		return open_object(reader);
	case '[':
		return open_array(reader);
	case 't':
		return read_literal(reader, "true", 4);
	case 'f':
		return read_literal(reader, "false", 5);
	case 'n':
		return read_literal(reader, "null", 4);
	default:
		if (*reader->at == '-' || rdb_json_is_digit(*reader->at))
			return read_number(reader);
		return fail(reader, EXPECTED[reader->expect]);
	}
}

/* ---- members ---- */

static bool is_wanted(const struct reader *reader, const char *name, const char *name_end)
{
	const struct rdb_json_want *want = reader->want;
	struct rdb_json_span text = {name, (size_t)(name_end - name)};

	return reader->depth == 1 && want->key &&
	       rdb_json_text_equals(text, want->key, want->key_len);
}

static int read_colon(struct reader *reader)
{
	skip_space(reader);
	if (reader->at == reader->end || *reader->at != ':')
		return fail(reader, "':' after a member name");
	reader->at++;
	reader->expect = VALUE;
	return 0;
}

static int read_name(struct reader *reader)
{
	const char *name = reader->at + 1;
	bool nul;
	int ret;

	if (*reader->at != '"')
		return fail(reader, EXPECTED[reader->expect]);
	ret = read_string(reader, &nul);
	if (ret != 0)
		return ret;
	reader->found.nul_names |= nul;
	reader->type_next =
		(*name == '$' || *name == '\\') && is_text(name, reader->at - 1, "$reql_type$");
	if (is_wanted(reader, name, reader->at - 1))
		reader->key_next = reader->found.keys++ == 0;
	return read_colon(reader);
}

static int read_after(struct reader *reader)
{
	bool object = in_object(reader);
	char c = *reader->at;

	if (c == ',') {
		reader->at++;
		reader->expect = object ? NAME : VALUE;
		return 0;
	}
	if (c == '}' && object)
		return close_object(reader);
	if (c == ']' && !object)
		return close_array(reader);
	return fail(reader, object ? "',' or '}'" : "',' or ']'");
}

static int step(struct reader *reader)
{
	char c = *reader->at;

	switch (reader->expect) {
	case FIRST_ELEMENT:
		return c == ']' ? close_array(reader) : read_value(reader);
	case VALUE:
		return read_value(reader);
	case FIRST_NAME:
		return c == '}' ? close_object(reader) : read_name(reader);
	case NAME:
		return read_name(reader);
	case AFTER:
		return read_after(reader);
	}
	return fail(reader, EXPECTED[VALUE]);
}

static bool is_done(const struct reader *reader)
{
	return reader->expect == AFTER && reader->depth == 0;
}

static int read_all(struct reader *reader)
{
	int ret;

	skip_space(reader);
	if (reader->want->object && (reader->at == reader->end || *reader->at != '{'))
		return fail(reader, "'{'");
	while (!is_done(reader)) {
		if (reader->at == reader->end)
			return fail(reader, EXPECTED[reader->expect]);
		ret = step(reader);
		if (ret != 0)
			return ret;
		skip_space(reader);
	}
	if (reader->at != reader->end)
		return fail(reader, "the end of the document");
	return reader->want->wrap ? copy(reader) : 0;
}

static unsigned depth_limit(const struct rdb_json_want *want)
{
	if (want->depth == 0 || want->depth > RDB_JSON_DEPTH_MAX)
		return RDB_JSON_DEPTH_MAX;
	return want->depth;
}

int rdb_json_document(const char *text, size_t len, const struct rdb_json_want *want,
	struct rdb_json_found *found, struct rdb_json_fault *fault)
{
	struct reader reader;
	size_t before = want->wrap ? want->wrap->len : 0;
	int ret;

	if (len == 0)
		text = ""; /* text may be NULL if len is 0, and NULL + 0 is undefined */
	/* Do not clear the array reader.objects, because clearing the array for each document would
	 * be slow. Old bits in the array do no harm, because push() writes each bit before
	 * in_object() reads the bit. */
	memset(&reader, 0, offsetof(struct reader, objects));
	reader.at = reader.copied = text;
	reader.end = text + len;
	reader.want = want;
	reader.depth_max = depth_limit(want);
	ret = read_all(&reader);
	if (ret != 0 && want->wrap)
		want->wrap->len = before;
	if (found)
		*found = reader.found;
	if (ret == -EINVAL && fault)
		*fault = (struct rdb_json_fault){(size_t)(reader.at - text), reader.expected};
	return ret;
}

int rdb_json_fault_set(
	const struct rdb_json_fault *fault, uint64_t document, uint64_t offset, struct rdb_err *err)
{
	return rdb_err_set(err, EINVAL,
		"not valid JSON: document %" PRIu64 ", byte %" PRIu64 ": expected %s", document,
		offset + fault->at, fault->expected);
}
