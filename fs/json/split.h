/*
 * Splitter of a text that arrives in pieces into its documents. The text is a JSON array of
 * documents, or a stream of documents (see json/document_scan.h). The bytes between documents
 * are checked strictly. The documents are not parsed; rdb_json_document() validates them.
 *
 *	rdb_json_split_feed(&split, data, len);
 *	while ((ret = rdb_json_split_next(&split, &piece, &fault)) == 1)
 *		...
 *
 * A document that lies within one piece is not copied. A document that spans several pieces is
 * assembled in a buffer, up to the limit. Not thread-safe.
 */
#ifndef RDB_JSON_SPLIT_H
#define RDB_JSON_SPLIT_H

#include "json/document.h"
#include "json/document_scan.h"

/* Default limit on a document's size in bytes. A larger document could not be restored, because
 * servers accept only queries below 128 MiB. */
#define RDB_JSON_LIMIT ((size_t)128 << 20)

struct rdb_json_piece {
	const char *data; /* the document; valid until the next call with this split */
	size_t len;
	uint64_t offset; /* offset of the document's first byte in the whole text */
	uint64_t number; /* from 1 */
};

/* A position in a text of documents: before, between or after the documents. The position
 * determines which characters may follow. */
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
	size_t base;     /* offset in the piece from which the marks are counted */
	size_t scanned;  /* number of bytes of the piece that the scanner has processed */
	size_t at;       /* number of bytes of the piece that the splitter has processed */
	uint64_t offset; /* offset of the piece in the whole text */
	uint64_t begin;  /* offset of the current document in the whole text */
	uint64_t number; /* number of the last document */
	enum rdb_json_gap gap;
	unsigned bom;         /* number of matched bytes of a byte order mark */
	bool inside;          /* whether the next byte to process is inside a document */
	bool returned;        /* whether the caller has received the document in carry */
	struct rdb_buf carry; /* first part of a document that continues in the next piece */
	size_t limit;
	bool may_be_blank; /* whether a text of white space alone is complete */
	int ret;           /* first error, described in fault */
	struct rdb_json_fault fault;
};

/* Initializes the splitter. limit is the size of the largest accepted document in bytes, or 0 for
 * RDB_JSON_LIMIT. */
void rdb_json_split_init(struct rdb_json_split *split, size_t limit);

/* Makes the splitter accept an empty text, or a text of only white space, as a text without
 * documents. By default, the splitter reports an error for an empty text. */
void rdb_json_split_accept_blank(struct rdb_json_split *split);

/* Returns true if the text so far is empty or has only white space. */
bool rdb_json_split_is_blank(const struct rdb_json_split *split);

/* Moves the splitter to the document at the offset "offset" of the text. "number" documents precede
 * this document. "in_array" is true if the text is an array. */
void rdb_json_split_enter(
	struct rdb_json_split *split, bool in_array, uint64_t offset, uint64_t number);
void rdb_json_split_free(struct rdb_json_split *split);

/* Feeds the next piece, after rdb_json_split_next() has returned 0 for the previous piece. The
 * piece must stay unchanged until rdb_json_split_next() returns 0. */
void rdb_json_split_feed(struct rdb_json_split *split, const char *data, size_t len);

/*
 * Finds the next document. Stores the position and the reason of an error in *fault, unless
 * "fault" is NULL. After an error, all later calls return the same error.
 * Returns:
 *   1          *piece has the next document
 *   0          the input is used up
 *   -EINVAL    the text between documents is wrong
 *   -EMSGSIZE  a document exceeds the limit
 *   -ENOMEM    memory is short
 */
int rdb_json_split_next(
	struct rdb_json_split *split, struct rdb_json_piece *piece, struct rdb_json_fault *fault);

/*
 * Finishes the split. Call after rdb_json_split_next() has returned 0 for the last piece. If the
 * text ends in a value without brackets, such as the number 12, only the end of the text completes
 * this value.
 * Returns:
 *   1        *piece has the last value
 *   0        the text is complete, and no value is left
 *   -EINVAL  the text is incomplete
 *   other    the error of an earlier call
 */
int rdb_json_split_end(
	struct rdb_json_split *split, struct rdb_json_piece *piece, struct rdb_json_fault *fault);

#endif
