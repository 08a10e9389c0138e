/*
 * The document scanner finds the first and the last byte of each document of a text without parsing
 * the documents. The text is an array of documents, or a stream of documents with or without white
 * space between them (newline-delimited JSON too), in pieces of any size; the first byte that is
 * not white space distinguishes the two. A byte order mark at the start is skipped.
 *
 * For valid JSON the marks are exact. The scanner does not validate: for other text the marks are
 * arbitrary, in bounded time and memory. A backslash outside strings is treated as one inside.
 *
 * A bare value (a number or a string in place of a document) is marked as well.
 */
#ifndef RDB_JSON_DOCUMENT_SCAN_H
#define RDB_JSON_DOCUMENT_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RDB_JSON_MARKS 512

/* Positions in one piece, ascending: the first byte of each document, and the byte after
 * its last. */
struct rdb_json_marks {
	size_t count;
	uint32_t at[RDB_JSON_MARKS]; /* offset * 2, + 1 for an end */
};

enum rdb_json_mode {
	RDB_JSON_BEGIN,  /* only white space so far */
	RDB_JSON_ARRAY,  /* inside the array of documents */
	RDB_JSON_STREAM, /* documents without an array around them */
	RDB_JSON_END,    /* the array is closed; only white space followed */
	RDB_JSON_BROKEN, /* after an unmatched closing bracket, or text after the array: ignore the
			    rest */
};

enum rdb_json_kernel { RDB_JSON_BYTES, RDB_JSON_SSE2, RDB_JSON_AVX2 };

struct rdb_json_scan {
	enum rdb_json_mode mode;
	enum rdb_json_kernel kernel;
	uint64_t depth;   /* open brackets inside the document; 0 between documents */
	uint64_t string;  /* all ones inside a string, else 0 */
	uint64_t escaped; /* 1 when the next byte is escaped */
	bool bare;        /* inside a value without brackets at document level */
	uint8_t mark;     /* matched bytes of a byte order mark at the start of the text */
};

/* Initializes a scan with the fastest kernel that the processor supports. */
void rdb_json_scan_init(struct rdb_json_scan *scan);

/* Initializes a scan with the given kernel. Returns 0, or -ENOTSUP if the processor does not
 * support it. */
int rdb_json_scan_init_kernel(struct rdb_json_scan *scan, enum rdb_json_kernel kernel);

/*
 * Scans a piece and stores its marks. Returns the number of bytes scanned: all, or fewer when the
 * marks are full or the piece is above 1 GiB; the caller then repeats with the rest.
 */
size_t rdb_json_scan(
	struct rdb_json_scan *scan, const char *data, size_t len, struct rdb_json_marks *marks);

/* Returns whether a text may end here: the array is closed, or no document is open in a stream of
 * at least one. A bare value at the end of a stream has no end mark. */
bool rdb_json_scan_clean(const struct rdb_json_scan *scan);

#endif
