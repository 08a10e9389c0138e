/*
 * Line breaks in binary values. The server writes binary values as base64 with a line break after
 * every 76 characters, each "\r\n" of four bytes in JSON, and accepts them without. Any thread may
 * call.
 */
#ifndef RDB_JSON_BINARY_H
#define RDB_JSON_BINARY_H

#include "base/buf.h"

#include <stddef.h>

/* Length of a valid JSON text without the line breaks in its binary values. Recognises values that
 * begin {"$reql_type$":"BINARY","data":, as the server and its tools write them. */
size_t rdb_json_binary_length(const char *text, size_t len);

/* Appends the text without these line breaks. Returns 0 or -ENOMEM. */
int rdb_json_binary_copy(const char *text, size_t len, struct rdb_buf *out);

#endif
