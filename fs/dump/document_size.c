#include "dump/document_size.h"

#include <stdbool.h>
#include <string.h>

#define LINE 76 /* characters of base64 between two breaks */

static bool is_base64(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
	       c == '+' || c == '/' || c == '=';
}

/* Whether a line of base64 ends at an offset. */
static bool ends_line(const char *text, size_t at)
{
	if (at < LINE)
		return false;
	for (size_t i = at - LINE; i < at; i++)
		if (!is_base64(text[i]))
			return false;
	return true;
}

size_t rdb_document_size(const char *text, size_t len)
{
	const char *at = text, *end = text + len;
	size_t breaks = 0;

	if (!memmem(text, len, "\"BINARY\"", 8))
		return len;
	while ((at = memmem(at, (size_t)(end - at), "\\n", 2))) {
		breaks += ends_line(text, (size_t)(at - text));
		at += 2;
	}
	return len - 2 * breaks;
}
