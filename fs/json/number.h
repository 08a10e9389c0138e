/* Strict parser of JSON numbers. json/document.h contains the rules. */
#ifndef RDB_JSON_NUMBER_H
#define RDB_JSON_NUMBER_H

#include <stdbool.h>

static inline bool rdb_json_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Parses the number that begins at *at. If the number is valid, returns 0, and moves *at past the
 * number. If the number is invalid, returns -EINVAL, moves *at to the error, and stores in
 * *expected a description of the expected text, for example "a digit". */
int rdb_json_number(const char **at, const char *end, const char **expected);

#endif
