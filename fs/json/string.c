#include "json/string.h"
#include "json/text.h"

#include <errno.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

struct reader {
	const char *at;
	const char *end;
	const char *expected;
	bool nul;
};

static int fail(struct reader *reader, const char *expected)
{
	reader->expected = expected;
	return -EINVAL;
}

static bool is_plain(char c)
{
	return (signed char)c >= 0x20 && c != '"' && c != '\\';
}

static const char *skip_plain(const char *at, const char *end)
{
#if defined(__SSE2__)
	const __m128i quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\');
	const __m128i space = _mm_set1_epi8(' ');

	for (; end - at >= 16; at += 16) {
		__m128i v = _mm_loadu_si128((const __m128i *)at);
		__m128i odd = _mm_or_si128(_mm_cmplt_epi8(v, space),
			_mm_or_si128(_mm_cmpeq_epi8(v, quote), _mm_cmpeq_epi8(v, backslash)));
		int mask = _mm_movemask_epi8(odd);

		if (mask)
			return at + __builtin_ctz((unsigned)mask);
	}
#endif
	while (at < end && is_plain(*at))
		at++;
	return at;
}

static int read_unit(struct reader *reader, int32_t *unit)
{
	if (reader->end - reader->at < 6)
		*unit = -1;
	else
		*unit = rdb_json_text_hex4(reader->at + 2);
	if (*unit < 0)
		return fail(reader, "four hexadecimal digits after \\u");
	reader->at += 6;
	return 0;
}

static int read_low_surrogate(struct reader *reader)
{
	const char *begin = reader->at;
	int32_t unit = -1;

	if (reader->end - begin >= 2 && begin[0] == '\\' && begin[1] == 'u' &&
		read_unit(reader, &unit) == 0 && unit >= 0xdc00 && unit <= 0xdfff)
		return 0;
	reader->at = begin;
	return fail(reader, "the second half of a surrogate pair");
}

static int read_unicode(struct reader *reader)
{
	int32_t unit;
	int ret = read_unit(reader, &unit);

	if (ret != 0)
		return ret;
	if (unit == 0)
		reader->nul = true;
	return unit >= 0xd800 && unit <= 0xdbff ? read_low_surrogate(reader) : 0;
}

static int read_escape(struct reader *reader)
{
	switch (reader->end - reader->at >= 2 ? reader->at[1] : '\0') {
	case 'u':
		return read_unicode(reader);
	case '"':
	case '\\':
	case '/':
	case 'b':
	case 'f':
	case 'n':
	case 'r':
	case 't':
		reader->at += 2;
		return 0;
	default:
		return fail(reader, "an escape that JSON knows");
	}
}

static int utf8_tail(unsigned char first)
{
	if (first >= 0xc2 && first <= 0xdf)
		return 1;
	if (first >= 0xe0 && first <= 0xef)
		return 2;
	return first >= 0xf0 && first <= 0xf4 ? 3 : -1;
}

/* Returns true if "second" may follow "first" in a UTF-8 character. Returns false for overlong
 * forms and code points above U+10FFFF. */
static bool utf8_second(unsigned char first, unsigned char second)
{
	unsigned char low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
	unsigned char high = first == 0xf4 ? 0x8f : 0xbf;

	return second >= low && second <= high;
}

static int read_utf8(struct reader *reader)
{
	const unsigned char *at = (const unsigned char *)reader->at;
	int tail = utf8_tail(at[0]);
	bool good = tail > 0 && reader->end - reader->at > tail && utf8_second(at[0], at[1]);

	for (int i = 2; good && i <= tail; i++)
		good = at[i] >= 0x80 && at[i] <= 0xbf;
	if (!good)
		return fail(reader, "UTF-8");
	reader->at += tail + 1;
	return 0;
}

/* Moves past one escape or one character outside ASCII, or returns -EINVAL if the string is invalid
 * at this position. The caller has already skipped the plain ASCII characters. */
static int read_odd(struct reader *reader)
{
	if (reader->at == reader->end)
		return fail(reader, "'\"' at the end of a string");
	if (*reader->at == '\\')
		return read_escape(reader);
	if ((unsigned char)*reader->at < 0x20)
		return fail(reader, "control characters to be escaped");
	return read_utf8(reader);
}

int rdb_json_string(const char **at, const char *end, bool *nul, const char **expected)
{
	struct reader reader = {.at = *at + 1, .end = end};
	int ret = 0;

	for (;;) {
		reader.at = skip_plain(reader.at, end);
		if (reader.at < end && *reader.at == '"')
			break;
		ret = read_odd(&reader);
		if (ret != 0)
			break;
	}
	*at = ret == 0 ? reader.at + 1 : reader.at;
	*nul = reader.nul;
	*expected = reader.expected;
	return ret;
}
