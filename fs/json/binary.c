#include "json/binary.h"

#include "json/chars.h"

#include <stdbool.h>
#include <string.h>

static const char *skip(const char *at, const char *end, const char *word)
{
	const size_t len = strlen(word);

	at = rdb_json_skip_space(at, end);
	return (size_t)(end - at) >= len && memcmp(at, word, len) == 0 ? at + len : NULL;
}

/* Checks whether the JSON from "at" on has the form :"BINARY","data":"BASE64", possibly with white
 * space between the tokens. If so, returns the start of the base64 text. Otherwise returns NULL. */
static const char *find_data(const char *at, const char *end)
{
	static const char *const words[] = {":", "\"BINARY\"", ",", "\"data\"", ":", "\""};

	for (size_t i = 0; at && i < sizeof(words) / sizeof(words[0]); i++)
		at = skip(at, end, words[i]);
	return at;
}

/* Finds the next binary value, and returns the start of its base64 text. Returns "end" if no binary
 * value follows. */
static const char *next_data(const char *at, const char *end)
{
	static const char name[] = "\"$reql_type$\"";
	const char *found, *data;

	while ((found = memmem(at, (size_t)(end - at), name, strlen(name)))) {
		/* Skip a name after a backslash. The backslash escapes the name's first quotation
		 * mark, so the name is text inside a string, not a member. */
		bool quoted = found > at && found[-1] == '\\';

		at = found + strlen(name);
		data = quoted ? NULL : find_data(at, end);
		if (data)
			return data;
	}
	return end;
}

static int put(struct rdb_buf *out, const char *from, const char *to, size_t *len)
{
	*len += (size_t)(to - from);
	return out ? rdb_buf_add(out, from, (size_t)(to - from)) : 0;
}

/* Copies the base64 string at *at up to the string's last escape, but leaves out the escapes \r and
 * \n. Moves *at to the rest of the string, which the caller copies. */
static int put_data(struct rdb_buf *out, const char **at, const char *end, size_t *len)
{
	const char *stop = memchr(*at, '"', (size_t)(end - *at)), *found;
	int ret = 0;

	stop = stop ? stop : end;
	while (ret == 0 && (found = memchr(*at, '\\', (size_t)(stop - *at)))) {
		bool is_break = found + 1 < stop && (found[1] == 'r' || found[1] == 'n');

		ret = put(out, *at, is_break ? found : found + 1, len);
		*at = is_break ? found + 2 : found + 1;
	}
	return ret;
}

static int put_all(const char *text, size_t size, struct rdb_buf *out, size_t *len)
{
	const char *at = text, *end = text + size, *data;
	int ret = 0;

	while (ret == 0 && (data = next_data(at, end)) != end) {
		ret = put(out, at, data, len);
		at = data;
		if (ret == 0)
			ret = put_data(out, &at, end, len);
	}
	return ret ? ret : put(out, at, end, len);
}

size_t rdb_json_binary_length(const char *text, size_t len)
{
	size_t out = 0;

	put_all(text, len, NULL, &out);
	return out;
}

int rdb_json_binary_copy(const char *text, size_t len, struct rdb_buf *out)
{
	size_t before = out->len, copied = 0;
	int ret = put_all(text, len, out, &copied);

	if (ret != 0)
		out->len = before;
	return ret;
}
