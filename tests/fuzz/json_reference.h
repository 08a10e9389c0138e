/* Reference for the fuzz targets of fs/json/: jansson, one value at a time. */
#ifndef RDB_FUZZ_JSON_REFERENCE_H
#define RDB_FUZZ_JSON_REFERENCE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REFERENCE_FLAGS                                                                            \
	(JSON_DECODE_ANY | JSON_DISABLE_EOF_CHECK | JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL)

#define DEMAND(condition)                                                                          \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #condition);  \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

/* Reads one value from the start, including white space before it. Returns its end; 0: no valid
 * value. *value may be NULL. */
static inline size_t reference_value(const char *text, size_t len, json_t **value)
{
	json_error_t error;
	json_t *json = json_loadb(text, len, REFERENCE_FLAGS, &error);

	if (!json)
		return 0;
	if (value)
		*value = json;
	else
		json_decref(json);
	return (size_t)error.position;
}

static inline size_t reference_space(const char *text, size_t len, size_t at)
{
	while (at < len && memchr(" \n\r\t", text[at], 4))
		at++;
	return at;
}

/* Reads one element of an array and returns its end; 0: invalid. */
typedef size_t reference_element(const char *text, size_t len, size_t at, void *arg);

/* Whether the text after an opening bracket is the rest of an array, to the end of the text. */
static inline bool reference_array(
	const char *text, size_t len, size_t at, reference_element *element, void *arg)
{
	at = reference_space(text, len, at);
	if (at < len && text[at] == ']')
		return reference_space(text, len, at + 1) == len;
	for (;;) {
		at = element(text, len, reference_space(text, len, at), arg);
		if (at == 0)
			return false;
		at = reference_space(text, len, at);
		if (at < len && text[at] == ']')
			return reference_space(text, len, at + 1) == len;
		if (at == len || text[at++] != ',')
			return false;
	}
}

/* "\u0000" and surrogates, for which jansson is stricter than the server. */
static inline bool reference_differs_in_strings(const char *text, size_t len)
{
	for (size_t i = 0; i + 1 < len; i++) {
		if ((unsigned char)text[i] == 0xed && (unsigned char)text[i + 1] >= 0xa0)
			return true;
		if (i + 6 <= len && text[i] == '\\' && text[i + 1] == 'u' &&
			(text[i + 2] == 'd' || text[i + 2] == 'D' ||
				memcmp(text + i + 2, "0000", 4) == 0))
			return true;
	}
	return false;
}

/* Whether the digits after this position are an exponent. */
static inline bool has_exponent(const char *text, size_t at)
{
	if ((text[at] == '-' || text[at] == '+') && at > 0)
		at--;
	return (text[at] | 0x20) == 'e';
}

/* Numbers near the largest double, for which the server is stricter; nesting beyond jansson's
 * limit. */
static inline bool reference_differs_in_numbers(const char *text, size_t len)
{
	size_t run = 0, deep = 0;

	for (size_t i = 0; i < len; i++) {
		run = text[i] >= '0' && text[i] <= '9' ? run + 1 : 0;
		deep += text[i] == '[' || text[i] == '{';
		if (run >= 280 || deep > 2000)
			return true;
		if (run >= 3 && i >= run && has_exponent(text, i - run))
			return true;
	}
	return false;
}

static inline bool reference_differs(const char *text, size_t len)
{
	/* and jansson skips NUL bytes */
	return memchr(text, '\0', len) || reference_differs_in_strings(text, len) ||
	       reference_differs_in_numbers(text, len);
}

#endif
