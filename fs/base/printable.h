/*
 * Cleaning of text before it is shown. Messages quote bytes from outside (names in archives,
 * answers of servers), which must not move a terminal's cursor, colour it or forge a line.
 */
#ifndef RDB_BASE_PRINTABLE_H
#define RDB_BASE_PRINTABLE_H

#include <stddef.h>

/* Each control character (C0, DEL, and C1 in UTF-8) becomes '?', or two of them. */
void rdb_printable(char *text, size_t len);

/* The same, but line feeds stay. */
void rdb_printable_lines(char *text, size_t len);

#endif
