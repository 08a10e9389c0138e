/* Strict parser of JSON numbers. json/document.h contains the rules. */
#ifndef RDB_JSON_NUMBER_H
#define RDB_JSON_NUMBER_H

#include <stdbool.h>

static inline bool rdb_json_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Parses the number at *at, and moves *at behind the number. Returns 0 or -EINVAL. After -EINVAL,
 * *at is the place of the error, and *expected says what was expected there. */
int rdb_json_number(const char **at, const char *end, const char **expected);

#endif
