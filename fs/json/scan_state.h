/* State and marks of the document scanner (json/document_scan.h), shared by the vector code and the
 * code for single bytes. */
#ifndef RDB_JSON_SCAN_STATE_H
#define RDB_JSON_SCAN_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RDB_JSON_MARKS 512

/* Offsets where documents begin and end in a piece of text, in ascending order. An end is the
 * offset after the last byte. */
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

enum rdb_json_kernel { RDB_JSON_BYTES, RDB_JSON_SSE2, RDB_JSON_AVX2, RDB_JSON_AVX512 };

struct rdb_json_scan {
	enum rdb_json_mode mode;
	enum rdb_json_kernel kernel;
	uint64_t depth;   /* number of open brackets inside the document; 0 between documents */
	uint64_t string;  /* all bits are 1 if the next byte is inside a string, else all are 0 */
	uint64_t escaped; /* 1 if the next byte is escaped, else 0 */
	bool bare;        /* whether the scan is inside a bare value */
	uint8_t mark;     /* number of matched bytes of a byte order mark */
};

#endif
