/* The text of a JSON string: what its escapes stand for. */
#ifndef RDB_JSON_TEXT_H
#define RDB_JSON_TEXT_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A part of somebody else's text. */
struct rdb_json_span {
	const char *data; /* NULL: there is none */
	size_t len;
};

/*
 * Whether the string, valid JSON without its quotes, stands for these UTF-8 bytes. The server
 * stores half of a surrogate pair like any other character, and so it is taken here.
 */
bool rdb_json_text_equals(struct rdb_json_span text, const char *want, size_t len);

/* Appends what the string, valid JSON without its quotes, stands for. 0 or -ENOMEM. */
int rdb_json_text_decode(struct rdb_json_span text, struct rdb_buf *out);

/* Appends bytes as a JSON string, quotes included: quotes, backslashes and control characters
 * escaped, all else as it is. 0 or -ENOMEM. */
int rdb_json_text_encode(const char *data, size_t len, struct rdb_buf *out);

/* The value of four hexadecimal digits, -1 when they are none. */
int32_t rdb_json_text_hex4(const char *digits);

#endif
