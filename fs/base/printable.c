#include "base/printable.h"

#include <stdbool.h>
#include <stdint.h>

static bool is_control(unsigned char c)
{
	return c < ' ' || c == 0x7f;
}

/* Returns true if the character itself is not visible, but changes the direction of text, or starts
 * a new line, in terminals and browsers. */
static bool is_invisible(uint32_t c)
{
	return c == 0x61c || c == 0x200e || c == 0x200f || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2066 && c <= 0x2069);
}

/* Returns the length in bytes of the UTF-8 character whose first byte is c. Returns 0 if c is
 * ASCII, or if no UTF-8 character begins with c. */
static size_t length_of(unsigned char c)
{
	return c < 0xc2 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 0;
}

/* Returns the length of the non-ASCII character at the start of "text", or 1 if malformed. Stores
 * in *bad whether the character must be hidden. */
static size_t measure_wide(const unsigned char *text, size_t left, bool *bad)
{
	size_t len = length_of(text[0]), i = 1;
	uint32_t c = len ? text[0] & (0xffu >> (len + 1)) : 0;

	for (; i < len && i < left && (text[i] & 0xc0) == 0x80; i++)
		c = c << 6 | (text[i] & 0x3f);
	if (!len || i < len) {
		/* Hide the bytes 0x80 to 0x9f, because 8-bit terminals interpret these bytes as
		 * control characters. */
		*bad = text[0] < 0xa0;
		return 1;
	}
	*bad = (c >= 0x80 && c <= 0x9f) || is_invisible(c);
	return len;
}

static void replace_bad(char *text, size_t len, bool lines)
{
	unsigned char *c = (unsigned char *)text;

	for (size_t i = 0, taken; i < len; i += taken) {
		bool bad = is_control(c[i]) && !(lines && c[i] == '\n');

		taken = c[i] < 0x80 ? 1 : measure_wide(c + i, len - i, &bad);
		for (size_t j = 0; bad && j < taken; j++)
			c[i + j] = '?';
	}
}

void rdb_printable(char *text, size_t len)
{
	replace_bad(text, len, false);
}

void rdb_printable_lines(char *text, size_t len)
{
	replace_bad(text, len, true);
}
