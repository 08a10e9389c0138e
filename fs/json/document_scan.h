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

#include "json/scan_state.h"

/* Initializes a scan with the fastest kernel that the processor supports. A kernel is a variant of
 * the scanning code. */
void rdb_json_scan_init(struct rdb_json_scan *scan);

/* Initializes a scan with the given variant of the scanning code. Returns 0, or -ENOTSUP if the
 * processor lacks the instructions that the variant needs. */
int rdb_json_scan_init_kernel(struct rdb_json_scan *scan, enum rdb_json_kernel kernel);

/* Stores in *marks the offsets where documents begin and end. Returns the number of scanned bytes.
 * If this number is less than len, the caller passes the remaining bytes with the next call. */
size_t rdb_json_scan(
	struct rdb_json_scan *scan, const char *data, size_t len, struct rdb_json_marks *marks);

/* Returns true if the text may end after the scanned bytes. If the text ends with a bare value (a
 * number, string or word), rdb_json_scan() stores no end for this value. The caller must use the
 * end of the text as the value's end. */
bool rdb_json_scan_clean(const struct rdb_json_scan *scan);

#endif
