/* Strict parser of JSON numbers. json/document.h contains the rules. */
#ifndef RDB_JSON_NUMBER_H
#define RDB_JSON_NUMBER_H

#include <stdbool.h>

static inline bool rdb_json_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Parses the number at *at, and moves *at behind it. Returns 0, or -EINVAL with *at at the wrong
 * byte, or at a number that is too large, and the reason in *expected. */
int rdb_json_number(const char **at, const char *end, const char **expected);

#endif
