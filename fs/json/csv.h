/*
 * Comma-separated values to documents: a row of names, then each row as the text of a document
 * whose values are strings. An empty field is a member that the document does not have.
 *
 * Read as Python's csv module reads (Modules/_csv.c, its default dialect), and so as the
 * official importer does: quotes count only at the begin of a field, "" inside them is one, rows
 * end with CR, LF or both. Otherwise than there, a quoted field that never ends is an error,
 * and rows without anything in them are passed over, as is a byte order mark. Text is taken as
 * it is: read the documents with json/document.h to be sure that it is UTF-8.
 *
 * Used like json/split.h. Not thread-safe.
 */
#ifndef RDB_JSON_CSV_H
#define RDB_JSON_CSV_H

#include "json/split.h"

#define RDB_JSON_COLUMNS 10000

enum rdb_json_csv_state {
	RDB_JSON_CSV_MARK,   /* at the begin of the text, or inside a byte order mark */
	RDB_JSON_CSV_ROW,    /* at the begin of a row */
	RDB_JSON_CSV_FIELD,  /* at the begin of a field */
	RDB_JSON_CSV_PLAIN,  /* in a field, not in quotes */
	RDB_JSON_CSV_QUOTED, /* in quotes */
	RDB_JSON_CSV_QUOTE,  /* behind a quote that may end them */
	RDB_JSON_CSV_CR,     /* behind a CR that ended a row */
};

struct rdb_json_csv {
	enum rdb_json_csv_state state;
	char delimiter;
	size_t limit;
	const char *data; /* what was fed */
	size_t len;
	size_t at;               /* how much of it is done with */
	uint64_t offset;         /* of it in the whole text */
	uint64_t begin;          /* of the present row in the whole text */
	uint64_t number;         /* of the last document */
	size_t columns;          /* 0 until the names are known */
	size_t column;           /* the present one */
	struct rdb_buf names;    /* "name": of each column */
	struct rdb_buf ends;     /* where each ends: size_t */
	struct rdb_buf field;    /* the present one */
	struct rdb_buf document; /* the present one */
	bool given;              /* document was given out */
	int rc;                  /* the first error, and what it was */
	struct rdb_json_fault fault;
};

/* delimiter: a byte that is no quote, CR, LF or NUL, else -EINVAL. limit: the most bytes a
 * document may have; 0: RDB_JSON_LIMIT. */
int rdb_json_csv_init(struct rdb_json_csv *csv, char delimiter, size_t limit);
void rdb_json_csv_free(struct rdb_json_csv *csv);

/* As rdb_json_split_feed(). */
void rdb_json_csv_feed(struct rdb_json_csv *csv, const char *data, size_t len);

/* As rdb_json_split_next(): 1, 0, -EINVAL, -EMSGSIZE, -ENOMEM. The offset of a piece is where its
 * row begins. */
int rdb_json_csv_next(
	struct rdb_json_csv *csv, struct rdb_json_piece *piece, struct rdb_json_fault *fault);

/* As rdb_json_split_end(): 1 and the last document, if its row had no end; 0; -EINVAL. */
int rdb_json_csv_end(
	struct rdb_json_csv *csv, struct rdb_json_piece *piece, struct rdb_json_fault *fault);

#endif
