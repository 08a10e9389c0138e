/*
 * Conversion of comma-separated values to documents. The first row contains names. Each following
 * row becomes the text of a document whose values are strings; empty fields are omitted.
 *
 * The rules are those of Python's csv module (Modules/_csv.c, default dialect), which the official
 * importer uses: a quote is special only at the start of a field, "" inside quotes is one quote,
 * and rows end with CR, LF or both. Two rules differ: a quoted field that never ends is an error,
 * and empty rows and a byte order mark are skipped. The bytes of a field are copied unchanged;
 * json/document.h later checks that the document is UTF-8.
 *
 * The functions are called in the same order as those of json/split.h. Not thread-safe.
 */
#ifndef RDB_JSON_CSV_H
#define RDB_JSON_CSV_H

#include "json/split.h"

#define RDB_JSON_COLUMNS 10000

enum rdb_json_csv_state {
	RDB_JSON_CSV_MARK,   /* at the start of the text, or inside a byte order mark */
	RDB_JSON_CSV_ROW,    /* at the start of a row */
	RDB_JSON_CSV_FIELD,  /* at the start of a field */
	RDB_JSON_CSV_PLAIN,  /* inside a field that has no quotes */
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
	size_t at;            /* number of bytes of the piece that were processed */
	uint64_t offset;      /* offset of the piece in the whole text */
	uint64_t begin;       /* offset of the current row in the whole text */
	uint64_t number;      /* number of the last document */
	size_t columns;       /* number of columns; 0 until the names are complete */
	size_t column;        /* index of the current column */
	struct rdb_buf names; /* for each column, the column's name as a JSON string and a colon */
	struct rdb_buf ends;  /* array of size_t with the end of each name in names */
	struct rdb_buf field; /* content of the current field */
	struct rdb_buf document; /* text of the current document */
	bool returned;           /* whether the caller has received the document */
	int ret;                 /* first error, described in fault */
	struct rdb_json_fault fault;
};

/* Initialises *csv. "limit" is the size of the largest accepted document in bytes, or 0 for
 * RDB_JSON_LIMIT. Returns 0, or -EINVAL if "delimiter" is a quote, CR, LF or NUL. */
int rdb_json_csv_init(struct rdb_json_csv *csv, char delimiter, size_t limit);

/* Continues at the row that begins at "offset" in the text, after "number" documents. Before this
 * call, the caller must feed the row of column names, until rdb_json_csv_next() returns 0. */
void rdb_json_csv_enter(struct rdb_json_csv *csv, uint64_t offset, uint64_t number);
void rdb_json_csv_free(struct rdb_json_csv *csv);

/* Feeds the next piece of the text, after rdb_json_csv_next() has returned 0 for the previous
 * piece. The piece must stay unchanged until rdb_json_csv_next() returns 0. */
void rdb_json_csv_feed(struct rdb_json_csv *csv, const char *data, size_t len);

/*
 * Converts the next row to a document. After an error, all later calls return the same error.
 * Returns:
 *   1          *piece has the next document
 *   0          the input is used up
 *   -EINVAL    the columns of a row are wrong
 *   -EMSGSIZE  a document exceeds the limit
 *   -ENOMEM    memory is short
 */
int rdb_json_csv_next(
	struct rdb_json_csv *csv, struct rdb_json_piece *piece, struct rdb_json_fault *fault);

/*
 * Ends the text. If the last row has no line end, returns the row's document.
 * Returns:
 *   1        *piece has the last document
 *   0        no document is left
 *   -EINVAL  the text ends within quotes or has no column names
 *   other    an error of rdb_json_csv_next()
 */
int rdb_json_csv_end(
	struct rdb_json_csv *csv, struct rdb_json_piece *piece, struct rdb_json_fault *fault);

#endif
