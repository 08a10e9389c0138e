/* How much two words differ, to find the word that was meant by a mistyped one. */
#ifndef RDB_CMD_WORD_DISTANCE_H
#define RDB_CMD_WORD_DISTANCE_H

#include <stddef.h>

/* Returns the edit distance: the number of letters to add, remove or replace to change the first
 * len bytes of a into b. Upper-case letters equal lower-case letters, and "_" equals "-". Returns
 * SIZE_MAX if a word has more than 24 bytes. */
size_t rdb_word_distance(const char *a, size_t len, const char *b);

#endif
