#include "json/number.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#define EXPONENT_MAX 308

/* First digits of the largest double, 1.7976931348623157e308 */
static const char LARGEST[] = "17976931348623157";

struct parts {
	const char *digits;
	const char *point; /* end of the integer part, where the decimal point may be */
	const char *end;   /* end of the fraction */
	int64_t exponent;  /* as written, clamped */
};

static const char *skip_digits(const char *at, const char *end)
{
	while (at < end && rdb_json_is_digit(*at))
		at++;
	return at;
}

/* Moves *at past the digits at *at, and returns NULL. If *at does not begin with a digit, returns
 * the words "a digit", so that the error message can describe the expected text. */
static const char *read_digits(const char **at, const char *end)
{
	const char *begin = *at;

	*at = skip_digits(begin, end);
	return *at == begin ? "a digit" : NULL;
}

static int64_t exponent_of(const char *at, const char *end)
{
	bool minus = *at == '-';
	int64_t value = 0;

	for (at += *at == '-' || *at == '+'; at < end; at++)
		if (value < INT32_MAX / 10)
			value = value * 10 + (*at - '0');
	return minus ? -value : value;
}

static const char *read_exponent(const char **at, const char *end, struct parts *parts)
{
	const char *begin, *wrong;

	if (*at == end || (**at | 0x20) != 'e')
		return NULL;
	begin = ++*at;
	if (*at < end && (**at == '+' || **at == '-'))
		++*at;
	wrong = read_digits(at, end);
	if (!wrong)
		parts->exponent = exponent_of(begin, *at);
	return wrong;
}

static const char *read_fraction(const char **at, const char *end)
{
	if (*at == end || **at != '.')
		return NULL;
	++*at;
	return read_digits(at, end);
}

static const char *read_parts(const char **at, const char *end, struct parts *parts)
{
	const char *wrong;

	*at += **at == '-';
	parts->digits = *at;
	parts->exponent = 0;
	wrong = read_digits(at, end);
	parts->point = *at;
	if (!wrong && *parts->digits == '0' && *at - parts->digits > 1) {
		*at = parts->digits + 1;
		return "no digit after a leading 0";
	}
	if (!wrong)
		wrong = read_fraction(at, end);
	parts->end = *at;
	return wrong ? wrong : read_exponent(at, end, parts);
}

/* Returns true if a number is greater than the largest double. "at" points to the number's first
 * digit that is not 0. The caller has checked that the number has the decimal exponent of the
 * largest double. */
static bool exceeds_largest(const char *at, const char *end)
{
	for (size_t i = 0; i < sizeof(LARGEST) - 1; at++) {
		char digit = at < end ? *at : '0';

		if (digit == '.')
			continue;
		if (digit != LARGEST[i])
			return digit > LARGEST[i];
		i++;
	}
	return false;
}

static bool is_too_large(const struct parts *parts)
{
	const char *first = parts->digits;
	int64_t magnitude; /* exponent of ten if the number is written as 0.d1d2d3... */

	if (parts->exponent > EXPONENT_MAX)
		return true;
	if (parts->point - parts->digits + parts->exponent <= EXPONENT_MAX)
		return false;
	while (first < parts->end && (*first == '0' || *first == '.'))
		first++;
	if (first == parts->end)
		return false;
	magnitude = (first < parts->point ? parts->point - first : parts->point + 1 - first) +
		    parts->exponent;
	if (magnitude != EXPONENT_MAX + 1)
		return magnitude > EXPONENT_MAX + 1;
	return exceeds_largest(first, parts->end);
}

int rdb_json_number(const char **at, const char *end, const char **expected)
{
	const char *begin = *at;
	struct parts parts;

	*expected = read_parts(at, end, &parts);
	if (!*expected && is_too_large(&parts)) {
		*at = begin;
		*expected = "a number that fits double precision";
	}
	return *expected ? -EINVAL : 0;
}
