/*
 * Fuzzes comma-separated values in arbitrary pieces; compares them with a byte by byte reading of
 * the whole, with the states of Python's Modules/_csv.c. The first byte determines the length of
 * the pieces, the second the delimiter.
 */
#include "fuzz/json_reference.h"
#include "json/count.h"
#include "json/csv.h"

#define MOST_COLUMNS 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum state { START_RECORD, START_FIELD, IN_FIELD, IN_QUOTED, QUOTE_IN_QUOTED };

struct reference {
	enum state state;
	char delimiter;
	struct rdb_buf names[MOST_COLUMNS];
	size_t columns, column;
	bool header, wrong;
	struct rdb_buf field, document, all; /* all: documents, each with a newline */
};

static void end_field(struct reference *ref)
{
	if (ref->column == MOST_COLUMNS || (!ref->header && ref->column == ref->columns)) {
		ref->wrong = true;
	} else if (ref->header) {
		if (ref->field.len > 0)
			rdb_buf_add(&ref->names[ref->column], ref->field.data, ref->field.len);
	} else if (ref->field.len > 0) {
		const struct rdb_buf *name = &ref->names[ref->column];

		rdb_buf_putc(&ref->document, ref->document.len ? ',' : '{');
		rdb_json_text_encode(name->data, name->len, &ref->document);
		rdb_buf_putc(&ref->document, ':');
		rdb_json_text_encode(ref->field.data, ref->field.len, &ref->document);
	}
	ref->column++;
	rdb_buf_clear(&ref->field);
}

static void end_names(struct reference *ref)
{
	for (size_t i = 0; i < ref->column; i++)
		for (size_t j = 0; j < i; j++)
			if (ref->names[i].len == ref->names[j].len &&
				(ref->names[i].len == 0 ||
					memcmp(ref->names[i].data, ref->names[j].data,
						ref->names[i].len) == 0))
				ref->wrong = true;
	ref->columns = ref->column;
	ref->header = false;
}

static void end_record(struct reference *ref)
{
	ref->state = START_RECORD;
	end_field(ref);
	if (ref->wrong)
		return;
	if (ref->header) {
		end_names(ref);
	} else if (ref->column != ref->columns) {
		ref->wrong = true;
	} else {
		rdb_buf_puts(&ref->document, ref->document.len ? "}\n" : "{}\n");
		rdb_buf_add(&ref->all, ref->document.data, ref->document.len);
	}
	rdb_buf_clear(&ref->document);
	ref->column = 0;
}

static bool is_row_end(char c)
{
	return c == '\n' || c == '\r';
}

static void step(struct reference *ref, char c)
{
	if (ref->state == START_RECORD && is_row_end(c))
		return;
	if (ref->state == START_RECORD || ref->state == START_FIELD) {
		ref->state = c == '"' ? IN_QUOTED : IN_FIELD;
		if (c == '"')
			return;
	}
	if (ref->state == QUOTE_IN_QUOTED) {
		ref->state = c == '"' ? IN_QUOTED : IN_FIELD;
		if (c == '"') {
			rdb_buf_putc(&ref->field, c);
			return;
		}
	}
	if (ref->state == IN_QUOTED && c == '"') {
		ref->state = QUOTE_IN_QUOTED;
	} else if (ref->state == IN_FIELD && is_row_end(c)) {
		end_record(ref);
	} else if (ref->state == IN_FIELD && c == ref->delimiter) {
		end_field(ref);
		ref->state = START_FIELD;
	} else {
		rdb_buf_putc(&ref->field, c);
	}
}

static void reference(struct reference *ref, const char *text, size_t len)
{
	size_t mark = len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

	for (size_t i = mark; i < len && !ref->wrong; i++)
		step(ref, text[i]);
	if (!ref->wrong && ref->state == IN_QUOTED)
		ref->wrong = true;
	else if (!ref->wrong && ref->state != START_RECORD)
		end_record(ref);
	ref->wrong |= ref->header;
}

static void keep(struct rdb_buf *all, const struct rdb_json_piece *piece)
{
	rdb_buf_add(all, piece->data, piece->len);
	rdb_buf_putc(all, '\n');
}

static int split(const char *text, size_t len, char delimiter, size_t step_len, struct rdb_buf *all)
{
	struct rdb_json_csv csv;
	struct rdb_json_piece piece;
	int rc = rdb_json_csv_init(&csv, delimiter, 0);

	DEMAND(rc == 0);
	for (size_t at = 0; at < len && rc == 0; at += step_len) {
		rdb_json_csv_feed(&csv, text + at, len - at < step_len ? len - at : step_len);
		while ((rc = rdb_json_csv_next(&csv, &piece, NULL)) == 1)
			keep(all, &piece);
	}
	while (rc == 0 && (rc = rdb_json_csv_end(&csv, &piece, NULL)) == 1) {
		keep(all, &piece);
		rc = 0;
	}
	rdb_json_csv_free(&csv);
	return rc;
}

/* Counts the documents without creating them. */
static void check_count(
	const char *text, size_t len, char delimiter, size_t step_len, const struct rdb_buf *all)
{
	struct rdb_json_count count;
	uint64_t documents = 0;

	rdb_json_count_init_csv(&count, delimiter);
	for (size_t at = 0; at < len; at += step_len)
		rdb_json_count_feed(&count, text + at, len - at < step_len ? len - at : step_len);
	for (size_t i = 0; i < all->len; i++)
		documents += all->data[i] == '\n';
	DEMAND(rdb_json_count_clean(&count));
	DEMAND(rdb_json_count_documents(&count) == documents);
}

static void free_reference(struct reference *ref)
{
	for (size_t i = 0; i < MOST_COLUMNS; i++)
		rdb_buf_free(&ref->names[i]);
	rdb_buf_free(&ref->field);
	rdb_buf_free(&ref->document);
	rdb_buf_free(&ref->all);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reference ref = {.header = true};
	struct rdb_buf all = {0};
	int rc;

	/* shorter texts may end inside a byte order mark, which the reference does not support */
	if (size < 2 + 3)
		return 0;
	ref.delimiter = data[1] & 1 ? ',' : ';';
	reference(&ref, (const char *)data + 2, size - 2);
	rc = split((const char *)data + 2, size - 2, ref.delimiter, data[0] + 1u, &all);
	/* the reference supports fewer columns */
	if (ref.column < MOST_COLUMNS && ref.columns < MOST_COLUMNS) {
		DEMAND((rc != 0) == ref.wrong);
		DEMAND(all.len == ref.all.len);
		DEMAND(all.len == 0 || memcmp(all.data, ref.all.data, all.len) == 0);
	}
	if (rc == 0)
		check_count((const char *)data + 2, size - 2, ref.delimiter, data[0] + 1u, &all);
	rdb_buf_free(&all);
	free_reference(&ref);
	return 0;
}
