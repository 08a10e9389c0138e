/* Strict parser of JSON numbers. json/document.h contains the rules. */
#ifndef RDB_JSON_NUMBER_H
#define RDB_JSON_NUMBER_H

#include <stdbool.h>

static inline bool rdb_json_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Parses the number at *at. On success, moves *at to the first byte after the number, and returns
 * 0. Returns -EINVAL if the text is no number, or the number is too large. Then *expected describes
 * the expected text, and *at is the wrong byte, or the start of the number that is too large. */
int rdb_json_number(const char **at, const char *end, const char **expected);

#endif
