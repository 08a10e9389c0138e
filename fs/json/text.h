/* Decoding and encoding of the text of JSON strings. */
#ifndef RDB_JSON_TEXT_H
#define RDB_JSON_TEXT_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A part of a text that the caller owns. */
struct rdb_json_span {
	const char *data; /* NULL: absent */
	size_t len;
};

/*
 * Returns whether the string, valid JSON without its quotes, decodes to these UTF-8 bytes. Half of
 * a surrogate pair decodes like any other character, as in the server.
 */
bool rdb_json_text_equals(struct rdb_json_span text, const char *want, size_t len);

/* Appends the decoded string; the input is valid JSON without its quotes. Returns 0 or -ENOMEM. */
int rdb_json_text_decode(struct rdb_json_span text, struct rdb_buf *out);

/* Appends bytes as a JSON string with its quotes: quotes, backslashes and control characters are
 * escaped, all other bytes are copied. Returns 0 or -ENOMEM. */
int rdb_json_text_encode(const char *data, size_t len, struct rdb_buf *out);

/* Value of four hexadecimal digits; -1: invalid digits. */
int32_t rdb_json_text_hex4(const char *digits);

#endif
