/* Strict parser of JSON strings. json/document.h contains the rules. */
#ifndef RDB_JSON_STRING_H
#define RDB_JSON_STRING_H

#include <stdbool.h>

/* Parses the string at *at, and moves *at behind it. Sets *nul if it contains "\u0000". Returns 0,
 * or -EINVAL with *at at the wrong byte and the reason in *expected. */
int rdb_json_string(const char **at, const char *end, bool *nul, const char **expected);

#endif
