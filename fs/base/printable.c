#include "base/printable.h"

#include <stdbool.h>

static bool is_control(unsigned char c)
{
	return c < ' ' || c == 0x7f;
}

/* U+0080 to U+009F: a terminal takes U+009B as it takes ESC [. */
static bool is_c1(const unsigned char *c, size_t left)
{
	return left > 1 && c[0] == 0xc2 && c[1] >= 0x80 && c[1] <= 0x9f;
}

static void mend(char *text, size_t len, bool lines)
{
	unsigned char *c = (unsigned char *)text;

	for (size_t i = 0; i < len; i++) {
		if (is_c1(c + i, len - i))
			c[i] = c[i + 1] = '?';
		else if (is_control(c[i]) && !(lines && c[i] == '\n'))
			c[i] = '?';
	}
}

void rdb_printable(char *text, size_t len)
{
	mend(text, len, false);
}

void rdb_printable_lines(char *text, size_t len)
{
	mend(text, len, true);
}
