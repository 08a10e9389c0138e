/*
 * Cleaning of text before it is shown. Messages quote bytes from outside (names in archives,
 * answers of servers), which must not move a terminal's cursor, colour it or forge a line.
 */
#ifndef RDB_BASE_PRINTABLE_H
#define RDB_BASE_PRINTABLE_H

#include <stddef.h>
#include <stdint.h>

/* Each byte of a control character (C0, DEL, C1) and of a character that turns the direction of
 * writing or ends a line (U+200E, U+202E, U+2028 and their like) becomes '?'. */
void rdb_printable(char *text, size_t len);

/* The same, but line feeds stay. */
void rdb_printable_lines(char *text, size_t len);

/* The ending of a noun behind a number: "1 table", "2 tables". */
static inline const char *rdb_plural(uint64_t number)
{
	return number == 1 ? "" : "s";
}

#endif
