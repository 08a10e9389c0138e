#include "json/csv.h"
#include "base/byte_order_mark.h"

#include <errno.h>
#include <string.h>

int rdb_json_csv_init(struct rdb_json_csv *csv, char delimiter, size_t limit)
{
	*csv = (struct rdb_json_csv){
		.delimiter = delimiter, .limit = limit ? limit : RDB_JSON_LIMIT};
	return memchr("\"\r\n", delimiter, 4) ? -EINVAL : 0;
}

void rdb_json_csv_enter(struct rdb_json_csv *csv, uint64_t offset, uint64_t number)
{
	rdb_json_csv_feed(csv, NULL, 0);
	csv->state = RDB_JSON_CSV_ROW;
	csv->offset = offset;
	csv->number = number;
}

void rdb_json_csv_free(struct rdb_json_csv *csv)
{
	rdb_buf_free(&csv->names);
	rdb_buf_free(&csv->ends);
	rdb_buf_free(&csv->field);
	rdb_buf_free(&csv->document);
}

void rdb_json_csv_feed(struct rdb_json_csv *csv, const char *data, size_t len)
{
	csv->offset += csv->len;
	csv->data = data;
	csv->len = len;
	csv->at = 0;
}

static int fail(struct rdb_json_csv *csv, int ret, uint64_t at, const char *expected)
{
	csv->ret = ret;
	csv->fault = (struct rdb_json_fault){at, expected};
	return ret;
}

static int check_memory(struct rdb_json_csv *csv, int ret)
{
	return ret ? fail(csv, ret, csv->begin, "memory") : 0;
}

/* ---- the row of names ---- */

static size_t name_end(const struct rdb_json_csv *csv, size_t column)
{
	return ((const size_t *)(const void *)csv->ends.data)[column];
}

static struct rdb_json_span name_of(const struct rdb_json_csv *csv, size_t column)
{
	size_t begin = column ? name_end(csv, column - 1) : 0;

	return (struct rdb_json_span){csv->names.data + begin, name_end(csv, column) - begin};
}

static int add_name(struct rdb_json_csv *csv)
{
	int ret;

	if (csv->column == RDB_JSON_COLUMNS)
		return fail(csv, -EINVAL, csv->begin, "fewer columns");
	ret = rdb_json_text_encode(csv->field.data, csv->field.len, &csv->names);
	if (ret == 0)
		ret = rdb_buf_putc(&csv->names, ':');
	if (ret == 0)
		ret = rdb_buf_add(&csv->ends, &csv->names.len, sizeof(csv->names.len));
	return check_memory(csv, ret);
}

static int check_names(struct rdb_json_csv *csv)
{
	for (size_t i = 1; i < csv->column; i++) {
		struct rdb_json_span a = name_of(csv, i);

		for (size_t j = 0; j < i; j++) {
			struct rdb_json_span b = name_of(csv, j);

			if (a.len == b.len && memcmp(a.data, b.data, a.len) == 0)
				return fail(csv, -EINVAL, csv->begin, "column names that differ");
		}
	}
	csv->columns = csv->column;
	return 0;
}

/* ---- documents ---- */

static int add_member(struct rdb_json_csv *csv)
{
	struct rdb_json_span name;
	int ret;

	if (csv->column == csv->columns)
		return fail(csv, -EINVAL, csv->begin, "as many fields as there are column names");
	if (csv->field.len == 0)
		return 0;
	name = name_of(csv, csv->column);
	ret = rdb_buf_putc(&csv->document, csv->document.len ? ',' : '{');
	if (ret == 0)
		ret = rdb_buf_add(&csv->document, name.data, name.len);
	if (ret == 0)
		ret = rdb_json_text_encode(csv->field.data, csv->field.len, &csv->document);
	return check_memory(csv, ret);
}

static int end_field(struct rdb_json_csv *csv)
{
	int ret = csv->columns ? add_member(csv) : add_name(csv);

	csv->column++;
	rdb_buf_clear(&csv->field);
	return ret;
}

static int end_document(struct rdb_json_csv *csv)
{
	int ret = csv->document.len ? 0 : rdb_buf_putc(&csv->document, '{');

	if (csv->column != csv->columns)
		return fail(csv, -EINVAL, csv->begin, "as many fields as there are column names");
	if (ret == 0)
		ret = rdb_buf_putc(&csv->document, '}');
	if (ret != 0)
		return check_memory(csv, ret);
	if (csv->document.len > csv->limit)
		return fail(csv, -EMSGSIZE, csv->begin, "a smaller document");
	return 1;
}

static int end_row(struct rdb_json_csv *csv)
{
	int ret = end_field(csv);

	if (ret != 0)
		return ret;
	return csv->columns ? end_document(csv) : check_names(csv);
}

/* ---- bytes ---- */

static bool is_row_end(char c)
{
	return c == '\r' || c == '\n';
}

static int add_to_field(struct rdb_json_csv *csv, size_t to)
{
	size_t len = to - csv->at;
	size_t room =
		csv->limit - (csv->limit < csv->document.len ? csv->limit : csv->document.len);

	if (csv->field.len > room || len > room - csv->field.len)
		return fail(csv, -EMSGSIZE, csv->begin, "a smaller document");
	if (rdb_buf_add(&csv->field, csv->data + csv->at, len) != 0)
		return check_memory(csv, -ENOMEM);
	csv->at = to;
	return 0;
}

/* Skips the next byte if the byte continues the file's byte order mark. If the byte order mark is
 * incomplete, its bytes become the start of the first field. */
static int step_mark(struct rdb_json_csv *csv)
{
	size_t seen = (size_t)csv->offset + csv->at;

	if (csv->data[csv->at] == RDB_BYTE_ORDER_MARK[seen]) {
		csv->at++;
		if (seen + 1 == RDB_BYTE_ORDER_MARK_LEN)
			csv->state = RDB_JSON_CSV_ROW;
		return 0;
	}
	csv->state = seen ? RDB_JSON_CSV_PLAIN : RDB_JSON_CSV_ROW;
	return check_memory(csv, rdb_buf_add(&csv->field, RDB_BYTE_ORDER_MARK, seen));
}

static int step_row(struct rdb_json_csv *csv)
{
	char c = csv->data[csv->at];

	if (is_row_end(c)) {
		csv->at++;
		return 0;
	}
	csv->begin = csv->offset + csv->at;
	csv->column = 0;
	csv->state = RDB_JSON_CSV_FIELD;
	return 0;
}

static int step_field(struct rdb_json_csv *csv)
{
	bool quote = csv->data[csv->at] == '"';

	csv->at += quote;
	csv->state = quote ? RDB_JSON_CSV_QUOTED : RDB_JSON_CSV_PLAIN;
	return 0;
}

static int step_plain(struct rdb_json_csv *csv)
{
	size_t to = csv->at;
	char c;
	int ret;

	while (to < csv->len && !is_row_end(csv->data[to]) && csv->data[to] != csv->delimiter)
		to++;
	ret = add_to_field(csv, to);
	if (ret != 0 || to == csv->len)
		return ret;
	c = csv->data[csv->at++];
	if (c == csv->delimiter) {
		csv->state = RDB_JSON_CSV_FIELD;
		return end_field(csv);
	}
	csv->state = c == '\r' ? RDB_JSON_CSV_CR : RDB_JSON_CSV_ROW;
	return end_row(csv);
}

static int step_quoted(struct rdb_json_csv *csv)
{
	const char *from = csv->data + csv->at;
	const char *quote = memchr(from, '"', csv->len - csv->at);
	int ret = add_to_field(csv, quote ? (size_t)(quote - csv->data) : csv->len);

	if (ret != 0 || !quote)
		return ret;
	csv->at++;
	csv->state = RDB_JSON_CSV_QUOTE;
	return 0;
}

static int step_quote(struct rdb_json_csv *csv)
{
	bool twice = csv->data[csv->at] == '"';

	csv->state = twice ? RDB_JSON_CSV_QUOTED : RDB_JSON_CSV_PLAIN;
	return twice ? add_to_field(csv, csv->at + 1) : 0;
}

static int step_cr(struct rdb_json_csv *csv)
{
	csv->at += csv->data[csv->at] == '\n';
	csv->state = RDB_JSON_CSV_ROW;
	return 0;
}

static int step(struct rdb_json_csv *csv)
{
	switch (csv->state) {
	case RDB_JSON_CSV_MARK:
		return step_mark(csv);
	case RDB_JSON_CSV_ROW:
		return step_row(csv);
	case RDB_JSON_CSV_FIELD:
		return step_field(csv);
	case RDB_JSON_CSV_PLAIN:
		return step_plain(csv);
	case RDB_JSON_CSV_QUOTED:
		return step_quoted(csv);
	case RDB_JSON_CSV_QUOTE:
		return step_quote(csv);
	case RDB_JSON_CSV_CR:
		return step_cr(csv);
	}
	return 0;
}

static int walk(struct rdb_json_csv *csv)
{
	int ret = 0;

	while (ret == 0 && csv->at < csv->len)
		ret = step(csv);
	return ret;
}

static int end(struct rdb_json_csv *csv)
{
	bool at_row = csv->state == RDB_JSON_CSV_ROW || csv->state == RDB_JSON_CSV_CR ||
		      csv->state == RDB_JSON_CSV_MARK;
	uint64_t at = csv->offset + csv->len;

	if (csv->state == RDB_JSON_CSV_QUOTED)
		return fail(csv, -EINVAL, at, "'\"' at the end of a field");
	if (at_row && csv->columns == 0)
		return fail(csv, -EINVAL, at, "a row of column names");
	csv->state = RDB_JSON_CSV_ROW;
	return at_row ? 0 : end_row(csv);
}

static int next_document(struct rdb_json_csv *csv, int (*work)(struct rdb_json_csv *),
	struct rdb_json_piece *piece, struct rdb_json_fault *fault)
{
	int ret;

	if (csv->returned)
		rdb_buf_clear(&csv->document);
	ret = csv->ret ? csv->ret : work(csv);
	csv->returned = ret == 1;
	if (ret == 1)
		*piece = (struct rdb_json_piece){
			csv->document.data, csv->document.len, csv->begin, ++csv->number};
	else if (ret < 0 && fault)
		*fault = csv->fault;
	return ret;
}

int rdb_json_csv_next(
	struct rdb_json_csv *csv, struct rdb_json_piece *piece, struct rdb_json_fault *fault)
{
	return next_document(csv, walk, piece, fault);
}

int rdb_json_csv_end(
	struct rdb_json_csv *csv, struct rdb_json_piece *piece, struct rdb_json_fault *fault)
{
	return next_document(csv, end, piece, fault);
}
