/*
 * Sanitizing of text before display. Messages quote bytes from outside (names in archives, answers
 * of servers), which must not move a terminal's cursor, change its colours or fake a line.
 */
#ifndef RDB_BASE_PRINTABLE_H
#define RDB_BASE_PRINTABLE_H

#include <stddef.h>
#include <stdint.h>

/* Replaces control characters (C0, DEL, C1) and characters that change the text direction or end a
 * line (U+200E, U+202E, U+2028 and similar): each of their bytes becomes '?'. */
void rdb_printable(char *text, size_t len);

/* Same as rdb_printable(), but keeps line feeds. */
void rdb_printable_lines(char *text, size_t len);

/* Plural ending of a noun after a number: "1 table", "2 tables". */
static inline const char *rdb_plural(uint64_t number)
{
	return number == 1 ? "" : "s";
}

#endif
