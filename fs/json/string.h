/* Strict parser of JSON strings. json/document.h contains the rules. */
#ifndef RDB_JSON_STRING_H
#define RDB_JSON_STRING_H

#include <stdbool.h>

/*
 * Parses the string literal at *at, and moves *at to the first byte after the closing quote. Sets
 * *nul to true if the string contains "\u0000". Returns 0 or -EINVAL. After -EINVAL, *at is the
 * address of the first wrong byte, and *expected is a text that says what should be there.
 */
int rdb_json_string(const char **at, const char *end, bool *nul, const char **expected);

#endif
