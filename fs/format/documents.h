/*
 * Splits bytes that arrive in pieces into documents, and checks each before it is returned: JSON
 * (an array, or documents in sequence) or comma-separated values, either also compressed with gzip,
 * which the first byte shows. Errors name the document, and offsets in the decompressed text. Used
 * like json/split.h. Not thread-safe.
 */
#ifndef RDB_FORMAT_DOCUMENTS_H
#define RDB_FORMAT_DOCUMENTS_H

#include "gz/gunzip.h"
#include "json/csv.h"
#include "json/split.h"

enum rdb_table_layout {
	RDB_LAYOUT_ARRAY,  /* a JSON array of documents */
	RDB_LAYOUT_STREAM, /* JSON documents in sequence, without an array */
	RDB_LAYOUT_ROWS,   /* comma-separated values */
	RDB_LAYOUT_PACKED, /* gzip of any of these: readable from its start only */
};

struct rdb_documents {
	bool csv;
	bool begun;                /* the first byte was seen */
	bool packed;               /* the bytes are gzip of the documents */
	struct rdb_gunzip *gunzip; /* NULL unless packed */
	struct rdb_json_split split;
	struct rdb_json_csv values;
	uint64_t fed;    /* bytes */
	uint64_t number; /* number of the last document returned */
};

/* Initialises documents. delimiter: 0 for JSON, else for comma-separated values. Returns 0, or
 * -EINVAL: not a valid delimiter. */
int rdb_documents_init(struct rdb_documents *documents, char delimiter, struct rdb_err *err);
void rdb_documents_free(struct rdb_documents *documents);

/*
 * Starts in the middle of a text that is not packed, at the first byte of a document; call this in
 * place of feeding the bytes before it. in_array: the documents are an array. offset: of that first
 * byte; number: documents before it. For comma-separated values first feed the row of names, until
 * next has returned 0.
 */
void rdb_documents_enter(
	struct rdb_documents *documents, bool in_array, uint64_t offset, uint64_t number);

/* Passes the next piece, which must stay valid until next has returned 0. */
void rdb_documents_feed(struct rdb_documents *documents, const char *data, size_t len);

/*
 * Finds the next document. Only its end was determined: check it with rdb_documents_check().
 * Returns 1, 0 when the piece is used up, or an error.
 *   -EINVAL  not documents, one that is too large, or damaged gzip
 *   -ENOMEM
 */
int rdb_documents_next(
	struct rdb_documents *documents, struct rdb_json_piece *piece, struct rdb_err *err);

/* Ends the input. Returns as rdb_documents_next(), for a last document that only the end of input
 * completes. */
int rdb_documents_end(
	struct rdb_documents *documents, struct rdb_json_piece *piece, struct rdb_err *err);

/* Layout of the documents. Known once rdb_documents_next() has returned 1. */
enum rdb_table_layout rdb_documents_layout(const struct rdb_documents *documents);

/*
 * Checks that the server accepts a document, with a primary key of this name. value: the key's
 * text, within the document. Returns 0, -EINVAL or -ENOMEM.
 */
int rdb_documents_check(const struct rdb_json_piece *piece, const char *key,
	struct rdb_json_span *value, struct rdb_err *err);

#endif
