#include "json/key.h"

#include "json/chars.h"

#include <errno.h>
#include <string.h>

int rdb_json_key(const char *text, size_t len, const char *name, struct rdb_json_span *key)
{
	struct rdb_json_want want = {.object = true, .key = name, .key_len = strlen(name)};
	struct rdb_json_found found;
	int ret = rdb_json_document(text, len, &want, &found, NULL);

	if (ret != 0)
		return ret;
	*key = found.key;
	if (found.keys == 0)
		return -ENOENT;
	return found.keys > 1 ? -EEXIST : 0;
}

/* ---- the first member of a name ---- */

static bool is_escaped(const char *begin, const char *quote)
{
	const char *at = quote;

	while (at > begin && at[-1] == '\\')
		at--;
	return (quote - at) & 1;
}

/* Returns the quote that ends a string, or NULL if the string has no end. "at" is the first
 * character of the string's content. */
static const char *find_quote(const char *at, const char *end)
{
	const char *begin = at, *quote;

	while ((quote = memchr(at, '"', (size_t)(end - at)))) {
		if (!is_escaped(begin, quote))
			return quote;
		at = begin = quote + 1; /* backslashes before this quote no longer matter */
	}
	return NULL;
}

static const char *skip_nested(const char *at, const char *end)
{
	size_t depth = 0;

	for (; at < end; at++) {
		if (*at == '"') {
			at = find_quote(at + 1, end);
			if (!at)
				return NULL;
		} else if (rdb_json_is_open(*at)) {
			depth++;
		} else if (rdb_json_is_close(*at) && --depth == 0) {
			return at + 1;
		}
	}
	return NULL;
}

static const char *skip_value(const char *at, const char *end)
{
	if (at == end)
		return NULL;
	if (*at == '"') {
		at = find_quote(at + 1, end);
		return at ? at + 1 : NULL;
	}
	if (rdb_json_is_open(*at))
		return skip_nested(at, end);
	while (at < end && !rdb_json_is_gap(*at) && !rdb_json_is_close(*at))
		at++;
	return at < end ? at : NULL;
}

static bool is_name(struct rdb_json_span text, const char *name, size_t len)
{
	if (text.len < len)
		return false;
	if (text.len == 0 || !memchr(text.data, '\\', text.len))
		return text.len == len && (len == 0 || memcmp(text.data, name, len) == 0);
	return rdb_json_document(
		       text.data - 1, text.len + 2, &(struct rdb_json_want){0}, NULL, NULL) == 0 &&
	       rdb_json_text_equals(text, name, len);
}

static struct rdb_json_span next_member(
	const char **at, const char *end, struct rdb_json_span *name)
{
	const char *quote, *from;

	if (*at == end || **at != '"' || !(quote = find_quote(*at + 1, end)))
		return (struct rdb_json_span){0};
	*name = (struct rdb_json_span){*at + 1, (size_t)(quote - *at - 1)};
	from = rdb_json_skip_space(quote + 1, end);
	if (from == end || *from != ':')
		return (struct rdb_json_span){0};
	from = rdb_json_skip_space(from + 1, end);
	*at = skip_value(from, end);
	return *at ? (struct rdb_json_span){from, (size_t)(*at - from)} : (struct rdb_json_span){0};
}

int rdb_json_key_first(const char *text, size_t len, const char *name, struct rdb_json_span *key)
{
	const size_t name_len = strlen(name);
	const char *end, *at;
	struct rdb_json_span found = {0};

	if (len == 0)
		return -EINVAL;
	end = text + len;
	at = rdb_json_skip_space(text, end);
	if (at == end || *at != '{')
		return -EINVAL;
	at = rdb_json_skip_space(at + 1, end);
	while (at < end && *at != '}') {
		*key = next_member(&at, end, &found);
		if (!key->data)
			return -EINVAL;
		if (is_name(found, name, name_len))
			return rdb_json_document(
				key->data, key->len, &(struct rdb_json_want){0}, NULL, NULL);
		at = rdb_json_skip_space(at, end);
		if (at == end || (*at != ',' && *at != '}'))
			return -EINVAL;
		at = *at == ',' ? rdb_json_skip_space(at + 1, end) : at;
	}
	return at < end ? -ENOENT : -EINVAL;
}

int rdb_json_term(struct rdb_json_span value, struct rdb_buf *out)
{
	struct rdb_json_want want = {.wrap = out};

	return rdb_json_document(value.data, value.len, &want, NULL, NULL);
}
