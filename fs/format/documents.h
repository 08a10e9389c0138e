/*
 * Splits bytes that arrive in pieces into documents, and checks documents. The bytes are JSON (an
 * array or a sequence of documents) or comma-separated values, and may be compressed with gzip,
 * which is recognised by the first byte. Error texts have the document's number and offset in the
 * decompressed text. Not thread-safe.
 */
#ifndef RDB_FORMAT_DOCUMENTS_H
#define RDB_FORMAT_DOCUMENTS_H

#include "gz/gunzip.h"
#include "json/csv.h"
#include "json/split.h"

enum rdb_table_layout {
	RDB_LAYOUT_ARRAY,  /* a JSON array of documents */
	RDB_LAYOUT_STREAM, /* a sequence of JSON documents without an array */
	RDB_LAYOUT_ROWS,   /* comma-separated values */
	RDB_LAYOUT_PACKED, /* documents compressed with gzip; readable only from the start */
};

struct rdb_documents {
	bool csv;
	bool begun;                /* the first byte was received */
	bool packed;               /* the bytes are compressed with gzip */
	struct rdb_gunzip *gunzip; /* NULL unless packed */
	struct rdb_json_split split;
	struct rdb_json_csv values;
	uint64_t fed;    /* bytes that the caller has passed to rdb_documents_feed() */
	uint64_t number; /* number of the last returned document */
};

/* Initialises the splitter, which divides a table's text into documents. delimiter is 0 if the text
 * is JSON. If the text is CSV, delimiter is the character between the values of a line, for example
 * ','. Returns 0, or -EINVAL if the delimiter is not valid. */
int rdb_documents_init(struct rdb_documents *documents, char delimiter, struct rdb_err *err);
void rdb_documents_free(struct rdb_documents *documents);

/*
 * Lets the splitter start at a document in the middle of a table's text. offset is the document's
 * offset, number is the count of documents before it, and in_array is true if the text is a JSON
 * array. For CSV, the splitter needs the column names first: before this call, the caller must feed
 * the row of column names and call rdb_documents_next() until it returns 0.
 */
void rdb_documents_enter(
	struct rdb_documents *documents, bool in_array, uint64_t offset, uint64_t number);

/* Passes the next piece of the input to the splitter. The bytes must stay valid until
 * rdb_documents_next() returns 0. */
void rdb_documents_feed(struct rdb_documents *documents, const char *data, size_t len);

/*
 * Finds the end of the next document. The caller then calls rdb_documents_check(). Returns
 * 1 if the document is in *piece, 0 if all bytes are used up, -ENOMEM, or
 *   -EINVAL if the bytes are no documents, damaged or too large.
 */
int rdb_documents_next(
	struct rdb_documents *documents, struct rdb_json_piece *piece, struct rdb_err *err);

/* Declares that the input has ended. If the last document has no end mark of its own (a bare JSON
 * value, or a row without a line end), stores this document in *piece and returns 1. Otherwise
 * returns 0, or an error of rdb_documents_next(). */
int rdb_documents_end(
	struct rdb_documents *documents, struct rdb_json_piece *piece, struct rdb_err *err);

/* Returns the layout of the documents. The layout is known once rdb_documents_next() has returned
 * 1. */
enum rdb_table_layout rdb_documents_layout(const struct rdb_documents *documents);

/* Checks that a document is a JSON object. If key, the name of the primary key, is not NULL, stores
 * in *found how many members have this name, and where the value of the first is. Returns 0,
 * -ENOMEM, or -EINVAL if the document is no JSON object. */
int rdb_documents_validate(const struct rdb_json_piece *piece, const char *key,
	struct rdb_json_found *found, struct rdb_err *err);

/* Checks that the document has exactly one member with the primary key's name. *found has the
 * number of these members, as counted by rdb_documents_validate(). Returns 0 or -EINVAL. */
int rdb_documents_check_key(const struct rdb_json_piece *piece, const char *key,
	const struct rdb_json_found *found, struct rdb_err *err);

/*
 * Checks that the server will accept the document. "key" is the name of the primary key. Stores in
 * *value the JSON text of the key's value. *value points into the document. Returns 0, -EINVAL if
 * the server would reject the document, or -ENOMEM.
 */
int rdb_documents_check(const struct rdb_json_piece *piece, const char *key,
	struct rdb_json_span *value, struct rdb_err *err);

#endif
