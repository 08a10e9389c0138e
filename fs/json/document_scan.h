/*
 * The document scanner: finds where each document of a text begins and ends, without looking
 * at what is in it. The text is an array of documents, or documents one after the other with or
 * without white space between them (newline-delimited JSON too), in pieces of any size; the
 * first byte that is not white space decides which.
 *
 * For valid JSON the marks are exact. The scanner does not validate: of other text it says
 * something, bounded in time and memory. A backslash outside of strings is taken as inside.
 *
 * A document level value that is no object and no array (a number, a string) is marked as well.
 */
#ifndef RDB_JSON_DOCUMENT_SCAN_H
#define RDB_JSON_DOCUMENT_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RDB_JSON_MARKS 512

/* Places in one piece, ascending: the first byte of a document, or the byte behind its last. */
struct rdb_json_marks {
	size_t count;
	uint32_t at[RDB_JSON_MARKS]; /* offset * 2, + 1 when it is an end */
};

enum rdb_json_mode {
	RDB_JSON_BEGIN,  /* nothing but white space so far */
	RDB_JSON_ARRAY,  /* inside the array of documents */
	RDB_JSON_STREAM, /* documents without an array around them */
	RDB_JSON_END,    /* the array is closed; only white space followed */
	RDB_JSON_BROKEN, /* a bracket that nothing opened, or text behind the array: ignored */
};

enum rdb_json_kernel { RDB_JSON_BYTES, RDB_JSON_SSE2, RDB_JSON_AVX2 };

struct rdb_json_scan {
	enum rdb_json_mode mode;
	enum rdb_json_kernel kernel;
	uint64_t depth;   /* of brackets inside the document; 0 between documents */
	uint64_t string;  /* all ones inside a string */
	uint64_t escaped; /* 1 when the next byte is escaped */
	bool bare;        /* inside a document level value that has no brackets */
};

/* Uses the fastest kernel that the processor has. */
void rdb_json_scan_init(struct rdb_json_scan *scan);

/* Uses the one given. 0, -ENOTSUP when this processor does not have it. */
int rdb_json_scan_init_kernel(struct rdb_json_scan *scan, enum rdb_json_kernel kernel);

/*
 * Scans a piece and sets the marks found in it. Returns how many bytes it took: all, or fewer
 * when the marks were full or the piece is above 1 GiB; call again with the rest then.
 */
size_t rdb_json_scan(
	struct rdb_json_scan *scan, const char *data, size_t len, struct rdb_json_marks *marks);

/* Whether a text may end here: the array is closed, or no document is open in a stream of at
 * least one. A bare value at the end of a stream has no end mark. */
bool rdb_json_scan_clean(const struct rdb_json_scan *scan);

#endif
