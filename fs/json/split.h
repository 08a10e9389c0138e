/*
 * Splits a text that arrives in pieces into its documents: an array of documents, or documents
 * one after the other (see json/document_scan.h). What is between documents is checked strictly;
 *what is in them is not looked at but for their end, so use json/document.h where that matters.
 *
 *	rdb_json_split_feed(&split, data, len);
 *	while ((rc = rdb_json_split_next(&split, &piece, &fault)) == 1)
 *		...
 *
 * Memory: none for documents that lie in one piece; one that lies in several is put together in
 * a buffer, up to the limit. Not thread-safe.
 */
#ifndef RDB_JSON_SPLIT_H
#define RDB_JSON_SPLIT_H

#include "json/document.h"
#include "json/document_scan.h"

/* The largest query that the server takes, and so the largest document. */
#define RDB_JSON_LIMIT ((size_t)128 << 20)

struct rdb_json_piece {
	const char *data; /* the document, until the next call that takes the split */
	size_t len;
	uint64_t offset; /* where it begins in the whole text */
	uint64_t number; /* from 1 */
};

/* What the bytes between documents may be. */
enum rdb_json_gap {
	RDB_JSON_GAP_BEGIN,  /* of the text */
	RDB_JSON_GAP_FIRST,  /* behind the opening bracket of the array */
	RDB_JSON_GAP_AFTER,  /* behind a document of the array */
	RDB_JSON_GAP_NEXT,   /* behind a comma */
	RDB_JSON_GAP_END,    /* behind the array */
	RDB_JSON_GAP_STREAM, /* behind a document that is in no array */
};

struct rdb_json_split {
	struct rdb_json_scan scan;
	struct rdb_json_marks marks;
	size_t mark;      /* the next one */
	const char *data; /* what was fed */
	size_t len;
	size_t base;     /* where in it the marks count from */
	size_t scanned;  /* how much of it the scanner took */
	size_t at;       /* how much of it is done with */
	uint64_t offset; /* of it in the whole text */
	uint64_t begin;  /* of the present document in the whole text */
	uint64_t number; /* of the last document */
	enum rdb_json_gap gap;
	bool inside;          /* at is inside a document */
	bool given;           /* carry was given out */
	struct rdb_buf carry; /* the front of a document that began in what was fed before */
	size_t limit;
	int rc; /* the first error, and what it was */
	struct rdb_json_fault fault;
};

/* limit: the most bytes a document may have; 0: RDB_JSON_LIMIT. */
void rdb_json_split_init(struct rdb_json_split *split, size_t limit);
void rdb_json_split_free(struct rdb_json_split *split);

/* Gives the next piece, which must stay as it is until next said 0. Only after next said 0. */
void rdb_json_split_feed(struct rdb_json_split *split, const char *data, size_t len);

/*
 * The next document: 1 and *piece; 0 when the piece holds no more; or, each time it is called
 * from then on the same,
 *   -EINVAL    something else than documents; fault->at counts from the begin of the whole text
 *   -EMSGSIZE  a document above the limit; fault->at is where it begins
 *   -ENOMEM
 * fault may be NULL.
 */
int rdb_json_split_next(
	struct rdb_json_split *split, struct rdb_json_piece *piece, struct rdb_json_fault *fault);

/*
 * The text has ended: 1 and *piece for a value that only the end of the text ends (as "12"), 0
 * when all is well, -EINVAL when it must not end here. Only after next said 0.
 */
int rdb_json_split_end(
	struct rdb_json_split *split, struct rdb_json_piece *piece, struct rdb_json_fault *fault);

#endif
