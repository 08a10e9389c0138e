/*
 * The documents in bytes that arrive in pieces, each checked before it is given out: JSON (an
 * array, or one after another) or comma-separated values, either also compressed with gzip, which
 * the first byte shows. Errors tell which document, and count bytes of the decompressed text.
 * Used like json/split.h. Not thread-safe.
 */
#ifndef RDB_ARCHIVE_DOCUMENTS_H
#define RDB_ARCHIVE_DOCUMENTS_H

#include "gz/gunzip.h"
#include "json/csv.h"
#include "json/split.h"

enum rdb_table_layout {
	RDB_TABLE_ARRAY,  /* a JSON array of documents */
	RDB_TABLE_STREAM, /* JSON documents without an array around them */
	RDB_TABLE_ROWS,   /* comma-separated values */
	RDB_TABLE_PACKED, /* any of them within gzip: can be read from its start only */
};

struct rdb_documents {
	bool csv;
	bool begun;                /* the first byte was seen */
	bool packed;               /* the bytes are gzip of the documents */
	struct rdb_gunzip *gunzip; /* NULL unless packed */
	struct rdb_json_split split;
	struct rdb_json_csv values;
	uint64_t fed;    /* bytes */
	uint64_t number; /* of the last one given out */
};

/* delimiter: 0 for JSON, else of comma-separated values. 0, -EINVAL: no such delimiter. */
int rdb_documents_init(struct rdb_documents *documents, char delimiter, struct rdb_err *err);
void rdb_documents_free(struct rdb_documents *documents);

/*
 * Starts in the middle of a text that is not packed, at the first byte of a document: instead of
 * feeding what is in front of it. in_array: the documents are an array. offset: of that byte;
 * number: documents in front. Of comma-separated values the row of names must be fed before, and
 * next have returned 0.
 */
void rdb_documents_enter(
	struct rdb_documents *documents, bool in_array, uint64_t offset, uint64_t number);

/* Gives the next piece, which must stay until next said 0. */
void rdb_documents_feed(struct rdb_documents *documents, const char *data, size_t len);

/*
 * The next document, not looked into but for its end: 1, 0 when the piece holds no more, or
 *   -EINVAL  no documents, one that is too large, or damaged gzip
 *   -ENOMEM
 */
int rdb_documents_next(
	struct rdb_documents *documents, struct rdb_json_piece *piece, struct rdb_err *err);

/* The bytes have ended: as next, for a last one that only the end ends. */
int rdb_documents_end(
	struct rdb_documents *documents, struct rdb_json_piece *piece, struct rdb_err *err);

/* How the documents are laid out. Known once next has returned 1. */
enum rdb_table_layout rdb_documents_layout(const struct rdb_documents *documents);

/*
 * Is it a document that the server takes, with a primary key of this name? value: the key, as it
 * stands in the document. 0, -EINVAL, -ENOMEM.
 */
int rdb_documents_check(const struct rdb_json_piece *piece, const char *key,
	struct rdb_json_span *value, struct rdb_err *err);

#endif
