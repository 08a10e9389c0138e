/* Classification of characters and storage of marks, for the document scanner only. */
#ifndef RDB_JSON_CHARS_H
#define RDB_JSON_CHARS_H

#include "json/scan_state.h"

static inline bool rdb_json_is_space(char c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/* Skips white space. Returns a pointer to the first character at or after "at" that is not white
 * space, or "end" if the text from "at" to "end" is only white space. */
static inline const char *rdb_json_skip_space(const char *at, const char *end)
{
	while (at < end && rdb_json_is_space(*at))
		at++;
	return at;
}

/* Returns whether a character is white space or a comma, the characters allowed between two
 * documents. */
static inline bool rdb_json_is_gap(char c)
{
	return rdb_json_is_space(c) || c == ',';
}

/* Returns whether a character is '[' or '{'. The two codes differ in one bit only, so the function
 * sets this bit and compares once. */
static inline bool rdb_json_is_open(char c)
{
	return (c | 0x20) == '{';
}

static inline bool rdb_json_is_close(char c)
{
	return (c | 0x20) == '}';
}

static inline void rdb_json_mark(struct rdb_json_marks *marks, size_t at, bool end)
{
	marks->at[marks->count++] = (uint32_t)(at << 1 | end);
}

#endif
