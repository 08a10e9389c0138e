/*
 * Splits a text that arrives in pieces into its documents: an array of documents, or a stream of
 * documents (see json/document_scan.h). Bytes between documents are checked strictly; the documents
 * themselves are not parsed: json/document.h validates them.
 *
 *	rdb_json_split_feed(&split, data, len);
 *	while ((rc = rdb_json_split_next(&split, &piece, &fault)) == 1)
 *		...
 *
 * Memory: none for a document that is within one piece; a document that spans several pieces is
 * assembled in a buffer, up to the limit. Not thread-safe.
 */
#ifndef RDB_JSON_SPLIT_H
#define RDB_JSON_SPLIT_H

#include "json/document.h"
#include "json/document_scan.h"

/* Largest query that the server accepts, and therefore the largest document. */
#define RDB_JSON_LIMIT ((size_t)128 << 20)

struct rdb_json_piece {
	const char *data; /* the document, valid until the next call with this split */
	size_t len;
	uint64_t offset; /* offset of its first byte in the whole text */
	uint64_t number; /* from 1 */
};

/* Position between documents, which determines the bytes allowed there. */
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
	size_t mark;      /* index of the next mark */
	const char *data; /* current piece of the text */
	size_t len;
	size_t base;     /* offset in the piece from which the marks count */
	size_t scanned;  /* bytes of the piece that the scanner has seen */
	size_t at;       /* processed bytes of the piece */
	uint64_t offset; /* offset of the piece in the whole text */
	uint64_t begin;  /* offset of the current document in the whole text */
	uint64_t number; /* number of the last document */
	enum rdb_json_gap gap;
	unsigned bom;         /* matched bytes of a byte order mark */
	bool inside;          /* the position `at` is inside a document */
	bool given;           /* carry was returned to the caller */
	struct rdb_buf carry; /* first part of a document that began in an earlier piece */
	size_t limit;
	int rc; /* first error, and its text */
	struct rdb_json_fault fault;
};

/* Initializes the splitter. limit: largest document in bytes; 0: RDB_JSON_LIMIT. */
void rdb_json_split_init(struct rdb_json_split *split, size_t limit);

/*
 * Starts in the middle of a text, at the first byte of a document, without the preceding text.
 * in_array: the text is an array. offset: of that byte; number: documents before it.
 */
void rdb_json_split_enter(
	struct rdb_json_split *split, bool in_array, uint64_t offset, uint64_t number);
void rdb_json_split_free(struct rdb_json_split *split);

/* Feeds the next piece, which must not change until next returns 0. May be called only after next
 * has returned 0. */
void rdb_json_split_feed(struct rdb_json_split *split, const char *data, size_t len);

/*
 * Returns 1 and the next document in *piece; 0 if the piece contains no more. An error is returned
 * by all later calls as well:
 *   -EINVAL    not documents; fault->at counts from the start of the whole text
 *   -EMSGSIZE  a document above the limit; fault->at is its first byte
 *   -ENOMEM
 * fault may be NULL.
 */
int rdb_json_split_next(
	struct rdb_json_split *split, struct rdb_json_piece *piece, struct rdb_json_fault *fault);

/*
 * Ends the text. Returns 1 and *piece for a value that only the end of the text terminates (as
 * "12"), 0 if the text is complete, -EINVAL if it is incomplete. May be called only after next has
 * returned 0.
 */
int rdb_json_split_end(
	struct rdb_json_split *split, struct rdb_json_piece *piece, struct rdb_json_fault *fault);

#endif
