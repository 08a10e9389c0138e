/* Decoding and encoding of the content of JSON strings */
#ifndef RDB_JSON_TEXT_H
#define RDB_JSON_TEXT_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A part of a text. The text must exist as long as the span is used, because the span has no copy
 * of the text. */
struct rdb_json_span {
	const char *data; /* NULL: absent */
	size_t len;
};

/* Returns whether a JSON string, given without its quotes, has the content "want". Like the server,
 * decodes an unpaired surrogate to three bytes. */
bool rdb_json_text_equals(struct rdb_json_span text, const char *want, size_t len);

/* Appends the decoded content of a JSON string to out. "text" is the string without its quotes. The
 * caller must have checked that the string is valid. Returns 0 or -ENOMEM. */
int rdb_json_text_decode(struct rdb_json_span text, struct rdb_buf *out);

/* Appends bytes as a JSON string with quotes. Quotes, backslashes and control characters are
 * escaped; all other bytes are copied. Returns 0 or -ENOMEM. */
int rdb_json_text_encode(const char *data, size_t len, struct rdb_buf *out);

/* Returns the value of the four hexadecimal digits at "digits", or -1 if one of the four characters
 * is not a hexadecimal digit. */
int32_t rdb_json_text_hex4(const char *digits);

#endif
