/*
 * Sanitizing of text from outside, which must not move the cursor of a terminal, change colours or
 * look like another line when it is displayed.
 */
#ifndef RDB_BASE_PRINTABLE_H
#define RDB_BASE_PRINTABLE_H

#include <stddef.h>
#include <stdint.h>

/* Replaces control characters, line separators, and characters that change the direction of text.
 * Each byte of such a character becomes "?", so the text keeps its length. */
void rdb_printable(char *text, size_t len);

/* Does what rdb_printable() does, but keeps line feeds. */
void rdb_printable_lines(char *text, size_t len);

/* Returns the plural ending of a noun after a number, as in "1 table" and "2 tables". */
static inline const char *rdb_plural(uint64_t number)
{
	return number == 1 ? "" : "s";
}

#endif
