#include "json/key_name.h"

#include "base/siphash.h"
#include "json/document.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define SUFFIX ".json"
#define HASH_LEN 17 /* length of '~' and 16 hexadecimal digits */

/* The key is fixed, because the file names must be the same on every system. */
static const struct rdb_siphash_key hash_key = {{0x72646266732d6b65u, 0x796e616d65732121u}};

/* ---- from key to name ---- */

static bool needs_escape(unsigned char c, bool first)
{
	return c == '/' || c == '%' || c < ' ' || c == 0x7f || (first && c == '.');
}

static int escape(const char *text, size_t len, struct rdb_buf *out)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < len; i++) {
		unsigned char c = (unsigned char)text[i];
		if (needs_escape(c, out->len == 0))
			ret = rdb_buf_printf(out, "%%%02X", c);
		else
			ret = rdb_buf_putc(out, (char)c);
	}
	return ret;
}

static bool reads_as_json(const struct rdb_buf *text)
{
	const struct rdb_json_want want = {0};
	size_t at = 0;

	while (at < text->len && memchr(" \t\r\n", text->data[at], 4))
		at++;
	return at < text->len && text->data[at] != '"' &&
	       rdb_json_document(text->data, text->len, &want, NULL, NULL) == 0;
}

static int name_of_string(struct rdb_json_span json, bool mixed, struct rdb_buf *out)
{
	const struct rdb_json_span inner = {json.data + 1, json.len - 2};
	struct rdb_buf text = {0};
	int ret = rdb_json_text_decode(inner, &text);

	if (ret == 0 && (text.len == 0 || (mixed && reads_as_json(&text)))) {
		ret = rdb_buf_puts(out, "%22");
		if (ret == 0)
			ret = escape(inner.data, inner.len, out);
		if (ret == 0)
			ret = rdb_buf_puts(out, "%22");
	} else if (ret == 0) {
		ret = escape(text.data, text.len, out);
	}
	rdb_buf_free(&text);
	return ret;
}

/* Returns the greatest length, at most len, at which "name" can be cut without splitting a UTF-8
 * character or a %XX. */
static size_t cut(const char *name, size_t len)
{
	while (len > 0 && ((unsigned char)name[len] & 0xc0) == 0x80)
		len--;
	for (size_t back = 1; back <= 2 && back <= len; back++)
		if (name[len - back] == '%')
			return len - back;
	return len;
}

static void copy_name(const struct rdb_buf *full, char name[RDB_KEY_NAME_MAX + 1])
{
	size_t room = RDB_KEY_NAME_MAX - strlen(SUFFIX);
	size_t len = full->len;

	if (len > room)
		len = cut(full->data, room - HASH_LEN);
	if (len > 0)
		memcpy(name, full->data, len);
	if (len < full->len)
		len += (size_t)snprintf(name + len, HASH_LEN + 1, "~%016" PRIx64,
			rdb_siphash(&hash_key, full->data, full->len));
	memcpy(name + len, SUFFIX, sizeof(SUFFIX));
}

int rdb_key_name(struct rdb_json_span json, bool mixed, char name[RDB_KEY_NAME_MAX + 1])
{
	struct rdb_buf text = {0}, full = {0};
	int ret = rdb_primary_key_text(json, &text);

	if (ret == 0 && text.data[0] == '"')
		ret = name_of_string((struct rdb_json_span){text.data, text.len}, mixed, &full);
	else if (ret == 0)
		ret = escape(text.data, text.len, &full);
	if (ret == 0)
		copy_name(&full, name);
	rdb_buf_free(&text);
	rdb_buf_free(&full);
	return ret;
}

/* ---- from name to key ---- */

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Appends the name to *out with each %XX decoded. Returns -ENOENT for a malformed %XX, or for a
 * character that escape() always replaces. */
static int unescape(const char *name, size_t len, struct rdb_buf *out)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < len; i++) {
		if (name[i] != '%') {
			if (needs_escape((unsigned char)name[i], i == 0))
				return -ENOENT;
			ret = rdb_buf_putc(out, name[i]);
			continue;
		}
		if (len - i < 3 || digit(name[i + 1]) < 0 || digit(name[i + 2]) < 0)
			return -ENOENT;
		ret = rdb_buf_putc(out, (char)(digit(name[i + 1]) * 16 + digit(name[i + 2])));
		i += 2;
	}
	return ret;
}

/* Appends the key's canonical text and a line feed to *out if the key's file name is "name",
 * otherwise appends nothing. */
static int add(struct rdb_json_span json, const char *name, bool mixed, struct rdb_buf *out)
{
	const struct rdb_json_want want = {0};
	char own[RDB_KEY_NAME_MAX + 1];
	int ret;

	if (rdb_json_document(json.data, json.len, &want, NULL, NULL) != 0)
		return 0;
	ret = rdb_key_name(json, mixed, own);
	if (ret == -EINVAL || (ret == 0 && strcmp(own, name) != 0))
		return 0;
	if (ret == 0)
		ret = rdb_primary_key_text(json, out);
	return ret ? ret : rdb_buf_putc(out, '\n');
}

static int add_string(const struct rdb_buf *text, struct rdb_buf *out)
{
	struct rdb_primary_key key;
	size_t before = out->len;
	int ret = rdb_json_text_encode(text->data, text->len, out);

	if (ret != 0)
		return ret;
	ret = rdb_primary_key_encode(
		(struct rdb_json_span){out->data + before, out->len - before}, &key);
	if (ret == 0)
		return rdb_buf_putc(out, '\n');
	out->len = before;
	return ret == -EINVAL ? 0 : ret;
}

static bool was_cut(const char *name, size_t len)
{
	return len + strlen(SUFFIX) > RDB_KEY_NAME_MAX - 5 && name[len - HASH_LEN] == '~';
}

static int parse_quoted(const char *name, size_t len, bool mixed, struct rdb_buf *out)
{
	struct rdb_buf text = {0};
	int ret = rdb_buf_putc(&text, '"');

	if (ret == 0)
		ret = unescape(name + 3, len - 6, &text);
	if (ret == 0)
		ret = rdb_buf_putc(&text, '"');
	if (ret == 0)
		ret = add((struct rdb_json_span){text.data, text.len}, name, mixed, out);
	rdb_buf_free(&text);
	return ret;
}

static int parse_plain(const char *name, size_t len, bool mixed, struct rdb_buf *out)
{
	struct rdb_buf text = {0};
	int ret = unescape(name, len, &text);

	if (ret == 0 && mixed && reads_as_json(&text))
		ret = add((struct rdb_json_span){text.data, text.len}, name, mixed, out);
	if (ret == 0)
		ret = add_string(&text, out);
	rdb_buf_free(&text);
	return ret;
}

int rdb_key_name_parse(const char *name, bool mixed, struct rdb_buf *json)
{
	size_t len = strlen(name), before = json->len;
	int ret;

	if (len <= strlen(SUFFIX) || strcmp(name + len - strlen(SUFFIX), SUFFIX) != 0)
		return -ENOENT;
	len -= strlen(SUFFIX);
	if (was_cut(name, len))
		return -ENAMETOOLONG;
	if (len >= 6 && memcmp(name, "%22", 3) == 0 && memcmp(name + len - 3, "%22", 3) == 0)
		ret = parse_quoted(name, len, mixed, json);
	else
		ret = parse_plain(name, len, mixed, json);
	if (ret == 0 && json->len == before)
		ret = -ENOENT;
	if (ret != 0)
		json->len = before;
	return ret;
}
