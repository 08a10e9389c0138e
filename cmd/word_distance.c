#include "cmd/word_distance.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define WORD_MAX 24 /* bytes of the longest word that is compared */

static char plain(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (char)(c - 'A' + 'a');
	return c == '_' ? '-' : c;
}

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

size_t rdb_word_distance(const char *a, size_t len, const char *b)
{
	size_t row[WORD_MAX + 1], b_len = strlen(b);

	if (len > WORD_MAX || b_len > WORD_MAX)
		return SIZE_MAX;
	for (size_t k = 0; k <= b_len; k++)
		row[k] = k;
	for (size_t i = 1; i <= len; i++) {
		size_t diagonal = row[0];
		row[0] = i;
		for (size_t k = 1; k <= b_len; k++) {
			bool differs = plain(a[i - 1]) != plain(b[k - 1]);
			size_t replaced = diagonal + differs;
			diagonal = row[k];
			row[k] = smaller(smaller(row[k], row[k - 1]) + 1, replaced);
		}
	}
	return row[b_len];
}
