/*
 * Comparison of JSON values as the server compares documents: ignores the order of members, the
 * spelling of numbers, escapes, white space, and line breaks in the base64 of a binary value. Any
 * thread may call.
 */
#ifndef RDB_JSON_SAME_H
#define RDB_JSON_SAME_H

#include "json/text.h"

#include <stdbool.h>

struct json_t;

/*
 * Returns whether two texts contain the same value. Equal bytes are detected without parsing. A
 * text that is not JSON, or nested deeper than 2,048 levels, equals only the same bytes.
 */
bool rdb_json_same(struct rdb_json_span a, struct rdb_json_span b);

/* Returns whether two values are equal that jansson has parsed with RDB_JSON_SAME_FLAGS. */
bool rdb_json_same_values(const struct json_t *a, const struct json_t *b);

/* Flags for parsing: numbers become doubles, as in the server. */
#define RDB_JSON_SAME_FLAGS (JSON_DECODE_ANY | JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL)

#endif
