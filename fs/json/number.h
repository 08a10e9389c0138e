/* Numbers of JSON, read strictly (see json/document.h for the rules). */
#ifndef RDB_JSON_NUMBER_H
#define RDB_JSON_NUMBER_H

#include <stdbool.h>

static inline bool rdb_json_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Reads the number at *at and advances *at past it. On -EINVAL *at is the wrong byte (for a number
 * that is too large: its first), and *expected describes the expected text. */
int rdb_json_number(const char **at, const char *end, const char **expected);

#endif
