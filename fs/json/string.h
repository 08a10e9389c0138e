/* Strings of JSON, read strictly (see json/document.h for the rules). */
#ifndef RDB_JSON_STRING_H
#define RDB_JSON_STRING_H

#include <stdbool.h>

/*
 * Reads a string whose opening quote is at *at and advances *at past its closing quote. Sets *nul
 * if it contains "\u0000". On -EINVAL *at is the wrong byte, and *expected describes the expected
 * text.
 */
int rdb_json_string(const char **at, const char *end, bool *nul, const char **expected);

#endif
