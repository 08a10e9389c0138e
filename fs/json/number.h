/* Strict parser of JSON numbers. json/document.h contains the rules. */
#ifndef RDB_JSON_NUMBER_H
#define RDB_JSON_NUMBER_H

#include <stdbool.h>

static inline bool rdb_json_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Parses the number at *at, and moves *at to the first byte after the number. Returns 0, or -EINVAL
 * with a description of the expected text in *expected. After -EINVAL, *at points to the first byte
 * that is not as expected, or to the start of a number that is too large. */
int rdb_json_number(const char **at, const char *end, const char **expected);

#endif
