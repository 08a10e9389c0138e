#include "json/response_text.h"
#include "json/chars.h"
#include "json/document_scan.h"
#include "json/number.h"
#include "json/string.h"

#include <errno.h>
#include <string.h>

#define DIGITS_MAX 8

struct reader {
	const char *at;
	const char *end;
	const char *expected;
	/* one scanner for the whole response, because the scanner reads ahead of the current
	 * value */
	struct rdb_json_scan scan;
	struct rdb_json_marks marks;
	size_t mark;
	const char *base;
	const char *scanned;
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

static bool skip_char(struct reader *reader, char c)
{
	skip_space(reader);
	if (reader->at == reader->end || *reader->at != c)
		return false;
	reader->at++;
	return true;
}

/* ---- values ---- */

/* Returns the first mark at or after the position "at", or NULL if no such mark exists. If "end" is
 * false, a mark is a position where a value begins. If "end" is true, a mark is a position where a
 * value ends. Nested values have no marks. */
static const char *next_mark(struct reader *reader, const char *at, bool end)
{
	for (;;) {
		while (reader->mark < reader->marks.count) {
			uint32_t mark = reader->marks.at[reader->mark++];

			if ((mark & 1) == end && reader->base + (mark >> 1) >= at)
				return reader->base + (mark >> 1);
		}
		if (reader->scanned == reader->end)
			return NULL;
		reader->base = reader->scanned;
		reader->scanned += rdb_json_scan(&reader->scan, reader->base,
			(size_t)(reader->end - reader->base), &reader->marks);
		reader->mark = 0;
	}
}

static int skip_brackets(struct reader *reader)
{
	const char *end = NULL;

	if (next_mark(reader, reader->at, false) == reader->at)
		end = next_mark(reader, reader->at, true);
	if (!end)
		return fail(reader, "brackets in pairs");
	reader->at = end;
	return 0;
}

static int skip_literal(struct reader *reader)
{
	static const char *const WORDS[] = {"true", "false", "null"};

	for (size_t i = 0; i < sizeof(WORDS) / sizeof(WORDS[0]); i++) {
		size_t len = strlen(WORDS[i]);

		if ((size_t)(reader->end - reader->at) >= len &&
			memcmp(reader->at, WORDS[i], len) == 0) {
			reader->at += len;
			return 0;
		}
	}
	return fail(reader, "a value");
}

static int skip_value(struct reader *reader)
{
	char c = reader->at < reader->end ? *reader->at : '\0';
	bool nul;

	if (rdb_json_is_open(c))
		return skip_brackets(reader);
	if (c == '"')
		return rdb_json_string(&reader->at, reader->end, &nul, &reader->expected);
	if (c == '-' || rdb_json_is_digit(c))
		return rdb_json_number(&reader->at, reader->end, &reader->expected);
	return skip_literal(reader);
}

/* ---- members ---- */

static int set_span(struct reader *reader, struct rdb_json_span *span, struct rdb_json_span value)
{
	if (span->data) {
		reader->at = value.data;
		return fail(reader, "each member once");
	}
	*span = value;
	return 0;
}

static int set_array(struct reader *reader, struct rdb_json_span *span, struct rdb_json_span value)
{
	if (value.data[0] != '[') {
		reader->at = value.data;
		return fail(reader, "an array");
	}
	return set_span(reader, span, value);
}

static int set_number(struct reader *reader, int *number, struct rdb_json_span value)
{
	int sum = 0;

	for (size_t i = 0; i < value.len; i++) {
		if (!rdb_json_is_digit(value.data[i]) || i == DIGITS_MAX || *number != 0) {
			reader->at = value.data;
			return fail(reader, "a small whole number, once");
		}
		sum = sum * 10 + (value.data[i] - '0');
	}
	*number = sum;
	return 0;
}

static int set_member(struct reader *reader, struct rdb_json_span name, struct rdb_json_span value,
	struct rdb_json_response *response)
{
	switch (name.len == 1 ? name.data[0] : '\0') {
	case 't':
		return set_number(reader, &response->type, value);
	case 'e':
		return set_number(reader, &response->error, value);
	case 'r':
		return set_array(reader, &response->results, value);
	case 'n':
		return set_array(reader, &response->notes, value);
	case 'b':
		return set_span(reader, &response->backtrace, value);
	case 'p':
		return set_span(reader, &response->profile, value);
	default:
		return 0;
	}
}

static int read_name(struct reader *reader, struct rdb_json_span *name)
{
	bool nul;
	int ret;

	skip_space(reader);
	if (reader->at == reader->end || *reader->at != '"')
		return fail(reader, "a member name in quotes");
	name->data = reader->at + 1;
	ret = rdb_json_string(&reader->at, reader->end, &nul, &reader->expected);
	name->len = (size_t)(reader->at - 1 - name->data);
	if (ret == 0 && !skip_char(reader, ':'))
		ret = fail(reader, "':' after a member name");
	return ret;
}

static int read_member(struct reader *reader, struct rdb_json_response *response)
{
	struct rdb_json_span name, value;
	int ret = read_name(reader, &name);

	if (ret != 0)
		return ret;
	skip_space(reader);
	value.data = reader->at;
	ret = skip_value(reader);
	value.len = (size_t)(reader->at - value.data);
	return ret ? ret : set_member(reader, name, value, response);
}

static int read_members(struct reader *reader, struct rdb_json_response *response)
{
	int ret;

	do {
		ret = read_member(reader, response);
	} while (ret == 0 && skip_char(reader, ','));
	if (ret == 0 && !skip_char(reader, '}'))
		ret = fail(reader, "',' or '}'");
	return ret;
}

static int read_all(struct reader *reader, struct rdb_json_response *response)
{
	int ret;

	if (!skip_char(reader, '{'))
		return fail(reader, "'{'");
	rdb_json_scan_init(&reader->scan);
	reader->scan.mode = RDB_JSON_STREAM;
	reader->marks.count = reader->mark = 0;
	reader->base = reader->scanned = reader->at;
	ret = read_members(reader, response);
	if (ret != 0)
		return ret;
	skip_space(reader);
	if (reader->at != reader->end)
		return fail(reader, "the end of the response");
	return response->type ? 0 : fail(reader, "a response with \"t\"");
}

int rdb_json_response(const char *text, size_t len, struct rdb_json_response *response,
	struct rdb_json_fault *fault)
{
	struct reader reader;
	int ret;

	if (len == 0)
		text = ""; /* as in rdb_json_document() */
	reader.at = text;
	reader.end = text + len;
	reader.expected = NULL;
	*response = (struct rdb_json_response){0};
	ret = read_all(&reader, response);
	if (ret != 0 && fault)
		*fault = (struct rdb_json_fault){(size_t)(reader.at - text), reader.expected};
	return ret;
}
