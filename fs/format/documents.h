/* Splits bytes that arrive in pieces into documents, and checks these. The bytes are JSON or
 * comma-separated values, plain or gzip. Error texts have the document's number and its offset in
 * the text. Not thread-safe. */
#ifndef RDB_FORMAT_DOCUMENTS_H
#define RDB_FORMAT_DOCUMENTS_H

#include "format/member_name.h"
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
	enum rdb_blank blank;      /* which blank input is complete */
	struct rdb_json_split split;
	struct rdb_json_csv values;
	uint64_t fed;    /* bytes that the caller has passed to rdb_documents_feed() */
	uint64_t number; /* number of the last returned document */
};

/* Initialises the splitter. For comma-separated values, "delimiter" is the character between two
 * fields, for example a comma. For JSON, "delimiter" is 0. Returns 0, or -EINVAL if the character
 * cannot be a delimiter. */
int rdb_documents_init(struct rdb_documents *documents, char delimiter, struct rdb_err *err);
void rdb_documents_free(struct rdb_documents *documents);

/* Sets whether rdb_documents_end() accepts JSON that is empty or has only white space. The
 * parameter "blank" is the result of rdb_name_blank() for the JSON file. By default, such JSON is
 * an error. */
void rdb_documents_accept_blank(struct rdb_documents *documents, enum rdb_blank blank);

/* Returns true if the JSON so far is empty or has only white space. */
bool rdb_documents_are_blank(const struct rdb_documents *documents);

/* Moves the splitter to the document that begins at "offset". "number" documents precede that
 * document. For comma-separated values, the caller first feeds the row of column names, and calls
 * rdb_documents_next() until the result is 0. */
void rdb_documents_enter(
	struct rdb_documents *documents, bool in_array, uint64_t offset, uint64_t number);

/* Passes the next piece of the input to "documents", which splits the input into documents. The
 * piece must stay valid until rdb_documents_next() returns 0. */
void rdb_documents_feed(struct rdb_documents *documents, const char *data, size_t len);

/* Returns 1 if the next document is in *piece, 0 if the input is used up, -ENOMEM, or -EINVAL if
 * the input is damaged or a document is too large. */
int rdb_documents_next(
	struct rdb_documents *documents, struct rdb_json_piece *piece, struct rdb_err *err);

/*
 * Ends the input. The end may complete a last document, for example a row without a line end.
 * Returns:
 *   1      *piece has the last document
 *   0      no document is left
 *   other  an error of rdb_documents_next()
 */
int rdb_documents_end(
	struct rdb_documents *documents, struct rdb_json_piece *piece, struct rdb_err *err);

/* Returns the layout of the documents. The layout is known once rdb_documents_next() has returned
 * 1. */
enum rdb_table_layout rdb_documents_layout(const struct rdb_documents *documents);

/*
 * Checks that a document is a JSON object, and describes the document in *found. "key" contains
 * a name, or is NULL. found->keys is the number of top level members with this name (0 if "key"
 * is NULL), and found->key is the value of the first of these members.
 * Returns:
 *   0        the document is a JSON object
 *   -EINVAL  the document is not a JSON object
 *   -ENOMEM  memory is exhausted
 */
int rdb_documents_validate(const struct rdb_json_piece *piece, const char *key,
	struct rdb_json_found *found, struct rdb_err *err);

/* Checks that a document has exactly one primary key. "key" contains the primary key's name. *found
 * is the result of rdb_documents_validate() for the same document and name. Returns 0, or -EINVAL
 * if there is no primary key or more than one. */
int rdb_documents_check_key(const struct rdb_json_piece *piece, const char *key,
	const struct rdb_json_found *found, struct rdb_err *err);

/*
 * Checks whether the server will accept a document. "key" contains the primary key's name. Stores
 * the primary key's value in *value as JSON text, which points into the document.
 * Returns:
 *   0        the server will accept the document
 *   -EINVAL  the server will refuse the document
 *   -ENOMEM  memory is exhausted
 */
int rdb_documents_check(const struct rdb_json_piece *piece, const char *key,
	struct rdb_json_span *value, struct rdb_err *err);

#endif
