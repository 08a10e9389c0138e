/*
 * Scanner that finds the first and the last byte of each document of a text, without parsing the
 * documents. The text arrives in pieces of any size. It is either a JSON array of documents, or a
 * stream of documents with or without white space between them, such as newline-delimited JSON. The
 * first byte that is not white space shows whether it is an array or a stream. A byte order mark at
 * the start is skipped.
 *
 * A bare value is a number, a string or a word in the place of a document. It is marked like a
 * document.
 *
 * For valid JSON the marks are exact. For other text the marks are arbitrary, but time and memory
 * are bounded. A backslash outside strings has the effect of a backslash inside strings.
 */
#ifndef RDB_JSON_DOCUMENT_SCAN_H
#define RDB_JSON_DOCUMENT_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RDB_JSON_MARKS 512

/* Positions in one piece, in ascending order. A document has two positions: its first byte, and the
 * byte after its last byte. */
struct rdb_json_marks {
	size_t count;
	uint32_t at[RDB_JSON_MARKS]; /* offset * 2 for a start, offset * 2 + 1 for an end */
};

enum rdb_json_mode {
	RDB_JSON_BEGIN,  /* the text has only white space so far */
	RDB_JSON_ARRAY,  /* inside the array of documents */
	RDB_JSON_STREAM, /* inside documents without an array around them */
	RDB_JSON_END,    /* after the array of documents; only white space may follow */
	RDB_JSON_BROKEN, /* after an error; the rest is ignored */
};

enum rdb_json_kernel { RDB_JSON_BYTES, RDB_JSON_SSE2, RDB_JSON_AVX2 };

struct rdb_json_scan {
	enum rdb_json_mode mode;
	enum rdb_json_kernel kernel;
	uint64_t depth;   /* number of open brackets inside the document; 0 between documents */
	uint64_t string;  /* all bits 1 inside a string, else 0 */
	uint64_t escaped; /* 1 if the next byte is escaped, else 0 */
	bool bare;        /* whether the scan is inside a bare value */
	uint8_t mark;     /* number of matched bytes of a byte order mark */
};

/* Initializes a scan with the fastest kernel that the processor supports. */
void rdb_json_scan_init(struct rdb_json_scan *scan);

/* Initializes a scan with the given kernel. Returns 0, or -ENOTSUP if the processor does not
 * support the kernel. */
int rdb_json_scan_init_kernel(struct rdb_json_scan *scan, enum rdb_json_kernel kernel);

/*
 * Scans a piece of the text and stores the marks of the documents in it. Returns the number of
 * bytes scanned. The number is less than len if the marks are full or the piece is larger than 1
 * GiB; the caller then calls again with the rest.
 */
size_t rdb_json_scan(
	struct rdb_json_scan *scan, const char *data, size_t len, struct rdb_json_marks *marks);

/* Returns whether the text may end at this point: the array is closed, or the text is a stream
 * without an open document. Returns false for a text of white space only. A bare value at the end
 * of a stream has no end mark. */
bool rdb_json_scan_clean(const struct rdb_json_scan *scan);

#endif
