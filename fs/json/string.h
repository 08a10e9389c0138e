/* Strict parser of JSON strings. json/document.h contains the rules. */
#ifndef RDB_JSON_STRING_H
#define RDB_JSON_STRING_H

#include <stdbool.h>

/* Parses the JSON string whose opening quote is at *at, and moves *at behind the closing quote.
 * *nul says whether the string contains "\u0000". Returns 0 or -EINVAL. After -EINVAL, *at is the
 * place of the error, and *expected describes the expected text. */
int rdb_json_string(const char **at, const char *end, bool *nul, const char **expected);

#endif
