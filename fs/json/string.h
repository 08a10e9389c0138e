/* Strings of JSON, read strictly (see json/document.h for the rules). */
#ifndef RDB_JSON_STRING_H
#define RDB_JSON_STRING_H

#include <stdbool.h>

/*
 * Reads a string whose opening quote is at *at and moves *at past its closing quote. Sets *nul
 * when it contains "\u0000". Or -EINVAL: *at is the wrong byte, and *expected names what should
 * have been there.
 */
int rdb_json_string(const char **at, const char *end, bool *nul, const char **expected);

#endif
