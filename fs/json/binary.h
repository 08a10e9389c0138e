/* Removal of line breaks from binary values. The server writes base64 with a line break, "\r\n" in
 * JSON, after every 76 characters, and also accepts base64 without line breaks. Any thread may
 * call. */
#ifndef RDB_JSON_BINARY_H
#define RDB_JSON_BINARY_H

#include "base/buf.h"

#include <stddef.h>

/* Returns the number of bytes that rdb_json_binary_copy() appends for this text: the text's length
 * without the line breaks in the base64 of binary values. The text must be valid JSON. */
size_t rdb_json_binary_length(const char *text, size_t len);

/* Appends a JSON text to *out without the line breaks in the text's binary values. Returns 0 or
 * -ENOMEM. */
int rdb_json_binary_copy(const char *text, size_t len, struct rdb_buf *out);

#endif
