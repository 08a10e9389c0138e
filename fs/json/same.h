/*
 * Comparison of JSON values as the server compares documents. The order of members, the spelling of
 * numbers, escapes, white space, and line breaks in the base64 of a binary value make no
 * difference. Any thread may call.
 */
#ifndef RDB_JSON_SAME_H
#define RDB_JSON_SAME_H

#include "json/text.h"

#include <stdbool.h>

struct json_t;

/* Returns whether two JSON texts have the same value. If a text is malformed or nested deeper than
 * 2,048 levels, returns true only if the two texts have identical bytes. */
bool rdb_json_same(struct rdb_json_span a, struct rdb_json_span b);

/* Returns whether two values are equal. The caller must have parsed both values with jansson and
 * RDB_JSON_SAME_FLAGS. */
bool rdb_json_same_values(const struct json_t *a, const struct json_t *b);

/* Flags for jansson's parser. All numbers become doubles, as in the server. */
#define RDB_JSON_SAME_FLAGS (JSON_DECODE_ANY | JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL)

#endif
