/*
 * Splits a text that arrives in pieces into its documents: an array of documents, or a stream of
 * documents (see json/document_scan.h). Bytes between documents are checked strictly; the documents
 * themselves are not parsed: json/document.h validates them.
 *
 *	rdb_json_split_feed(&split, data, len);
 *	while ((rc = rdb_json_split_next(&split, &piece, &fault)) == 1)
 *		...
 *
 * Memory: none for a document that lies in one piece; one that spans several is assembled in a
 * buffer, up to the limit. Not thread-safe.
 */
#ifndef RDB_JSON_SPLIT_H
#define RDB_JSON_SPLIT_H

#include "json/document.h"
#include "json/document_scan.h"

/* Largest query that the server accepts, and so the largest document. */
#define RDB_JSON_LIMIT ((size_t)128 << 20)

struct rdb_json_piece {
	const char *data; /* the document, valid until the next call with this split */
	size_t len;
	uint64_t offset; /* of its first byte in the whole text */
	uint64_t number; /* from 1 */
};

/* Position of the bytes between documents, which decides what they may be. */
enum rdb_json_gap {
	RDB_JSON_GAP_BEGIN,  /* at the start of the text */
	RDB_JSON_GAP_FIRST,  /* after the opening bracket of the array */
	RDB_JSON_GAP_AFTER,  /* after a document of the array */
	RDB_JSON_GAP_NEXT,   /* after a comma */
	RDB_JSON_GAP_END,    /* after the array */
	RDB_JSON_GAP_STREAM, /* after a document of a stream */
};

struct rdb_json_split {
	struct rdb_json_scan scan;
	struct rdb_json_marks marks;
	size_t mark;      /* the next one */
	const char *data; /* the piece that was fed */
	size_t len;
	size_t base;     /* offset in the piece from which the marks count */
	size_t scanned;  /* bytes of the piece that the scanner has seen */
	size_t at;       /* bytes of the piece that are done */
	uint64_t offset; /* of the piece in the whole text */
	uint64_t begin;  /* of the current document in the whole text */
	uint64_t number; /* number of the last document */
	enum rdb_json_gap gap;
	unsigned bom;         /* bytes seen of a byte order mark */
	bool inside;          /* at lies inside a document */
	bool given;           /* carry was returned to the caller */
	struct rdb_buf carry; /* front of a document that began in an earlier piece */
	size_t limit;
	int rc; /* the first error, and its words */
	struct rdb_json_fault fault;
};

/* limit: largest document in bytes; 0: RDB_JSON_LIMIT. */
void rdb_json_split_init(struct rdb_json_split *split, size_t limit);

/*
 * Starts in the middle of a text, at the first byte of a document: instead of feeding what is in
 * front of it. in_array: the text is an array. offset: of that byte; number: documents in front.
 */
void rdb_json_split_enter(
	struct rdb_json_split *split, bool in_array, uint64_t offset, uint64_t number);
void rdb_json_split_free(struct rdb_json_split *split);

/* Feeds the next piece, which must not change until next returns 0. Call only after next has
 * returned 0. */
void rdb_json_split_feed(struct rdb_json_split *split, const char *data, size_t len);

/*
 * The next document: 1 and *piece; 0 when the piece holds no more. An error is returned by every
 * later call as well:
 *   -EINVAL    not documents; fault->at counts from the start of the whole text
 *   -EMSGSIZE  a document above the limit; fault->at is its first byte
 *   -ENOMEM
 * fault may be NULL.
 */
int rdb_json_split_next(
	struct rdb_json_split *split, struct rdb_json_piece *piece, struct rdb_json_fault *fault);

/*
 * End of the text: 1 and *piece for a value that only the end of the text ends (as "12"), 0 when
 * the text is complete, -EINVAL when it is not. Call only after next has returned 0.
 */
int rdb_json_split_end(
	struct rdb_json_split *split, struct rdb_json_piece *piece, struct rdb_json_fault *fault);

#endif
