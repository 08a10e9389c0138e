/*
 * Conversion of comma-separated values to documents: the first row contains names, each following
 * row becomes the text of a document whose values are strings. An empty field is omitted.
 *
 * Follows Python's csv module (Modules/_csv.c, default dialect), as the official importer does:
 * quotes count only at the start of a field, "" inside quotes is one quote, rows end with CR, LF or
 * both. Two differences: a quoted field that never ends is an error; empty rows and a byte order
 * mark are skipped. The bytes of a field are copied unchanged: json/document.h checks that a
 * document is UTF-8.
 *
 * Used like json/split.h. Not thread-safe.
 */
#ifndef RDB_JSON_CSV_H
#define RDB_JSON_CSV_H

#include "json/split.h"

#define RDB_JSON_COLUMNS 10000

enum rdb_json_csv_state {
	RDB_JSON_CSV_MARK,   /* at the start of the text, or inside a byte order mark */
	RDB_JSON_CSV_ROW,    /* at the start of a row */
	RDB_JSON_CSV_FIELD,  /* at the start of a field */
	RDB_JSON_CSV_PLAIN,  /* in a field, not in quotes */
	RDB_JSON_CSV_QUOTED, /* in quotes */
	RDB_JSON_CSV_QUOTE,  /* after a quote that may close the field */
	RDB_JSON_CSV_CR,     /* after a CR that ended a row */
};

struct rdb_json_csv {
	enum rdb_json_csv_state state;
	char delimiter;
	size_t limit;
	const char *data; /* current piece of the text */
	size_t len;
	size_t at;               /* processed bytes of the piece */
	uint64_t offset;         /* offset of the piece in the whole text */
	uint64_t begin;          /* offset of the current row in the whole text */
	uint64_t number;         /* number of the last document */
	size_t columns;          /* number of columns; 0: names not read yet */
	size_t column;           /* index of the current column */
	struct rdb_buf names;    /* "name": for each column */
	struct rdb_buf ends;     /* end of each name: size_t */
	struct rdb_buf field;    /* content of the current field */
	struct rdb_buf document; /* text of the current document */
	bool given;              /* document was returned to the caller */
	int rc;                  /* first error, and its text */
	struct rdb_json_fault fault;
};

/* Initializes the converter. delimiter: any byte except quote, CR, LF and NUL, else -EINVAL. limit:
 * largest document in bytes; 0: RDB_JSON_LIMIT. */
int rdb_json_csv_init(struct rdb_json_csv *csv, char delimiter, size_t limit);

/* Continues at a row in the middle of the text, after the row of names was fed and next has
 * returned 0. offset: of the row; number: documents before it. */
void rdb_json_csv_enter(struct rdb_json_csv *csv, uint64_t offset, uint64_t number);
void rdb_json_csv_free(struct rdb_json_csv *csv);

/* Feeds the next piece, like rdb_json_split_feed(). */
void rdb_json_csv_feed(struct rdb_json_csv *csv, const char *data, size_t len);

/* Returns the next document, as rdb_json_split_next(): 1, 0, -EINVAL, -EMSGSIZE or -ENOMEM. The
 * offset of a piece is the start of its row. */
int rdb_json_csv_next(
	struct rdb_json_csv *csv, struct rdb_json_piece *piece, struct rdb_json_fault *fault);

/* Ends the text, like rdb_json_split_end(): returns 1 and the last document if its row had no line
 * end; 0; -EINVAL. */
int rdb_json_csv_end(
	struct rdb_json_csv *csv, struct rdb_json_piece *piece, struct rdb_json_fault *fault);

#endif
