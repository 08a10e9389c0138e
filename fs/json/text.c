#include "json/text.h"

#include <string.h>

int32_t rdb_json_text_hex4(const char *digits)
{
	int32_t value = 0;

	for (int i = 0; i < 4; i++) {
		char c = digits[i], low = (char)(c | 0x20);

		if (c >= '0' && c <= '9')
			value = value << 4 | (c - '0');
		else if (low >= 'a' && low <= 'f')
			value = value << 4 | (low - 'a' + 10);
		else
			return -1;
	}
	return value;
}

static size_t put_utf8(uint32_t point, char out[4])
{
	if (point < 0x80) {
		out[0] = (char)point;
		return 1;
	}
	if (point < 0x800) {
		out[0] = (char)(0xc0 | point >> 6);
		out[1] = (char)(0x80 | (point & 0x3f));
		return 2;
	}
	if (point < 0x10000) {
		out[0] = (char)(0xe0 | point >> 12);
		out[1] = (char)(0x80 | (point >> 6 & 0x3f));
		out[2] = (char)(0x80 | (point & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | point >> 18);
	out[1] = (char)(0x80 | (point >> 12 & 0x3f));
	out[2] = (char)(0x80 | (point >> 6 & 0x3f));
	out[3] = (char)(0x80 | (point & 0x3f));
	return 4;
}

static int32_t unit_at(const char *data, size_t len)
{
	return len >= 6 && data[0] == '\\' && data[1] == 'u' ? rdb_json_text_hex4(data + 2) : -1;
}

static size_t decode_unicode(const char *data, size_t len, char out[4], size_t *out_len)
{
	int32_t high = unit_at(data, len), low;

	if (high < 0) {
		*out_len = 0;
		return len;
	}
	low = unit_at(data + 6, len - 6);
	if (high >= 0xd800 && high <= 0xdbff && low >= 0xdc00 && low <= 0xdfff) {
		*out_len = put_utf8(
			0x10000 + ((uint32_t)(high - 0xd800) << 10 | (uint32_t)(low - 0xdc00)),
			out);
		return 12;
	}
	*out_len = put_utf8((uint32_t)high, out);
	return 6;
}

/* Decodes the escape at "data" into "out", and stores the decoded length in *out_len. Returns the
 * length of the escape. */
static size_t decode_escape(const char *data, size_t len, char out[4], size_t *out_len)
{
	static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
	const char *found;

	if (len < 2 || data[1] == 'u')
		return decode_unicode(data, len, out, out_len);
	found = memchr(from, data[1], sizeof(from) - 1);
	out[0] = found ? to[found - from] : data[1];
	*out_len = 1;
	return 2;
}

/* Removes the first piece of *text: an escape, or the plain text before the next escape. Returns
 * the decoded piece. An escape is decoded into "room". */
static struct rdb_json_span next_run(struct rdb_json_span *text, char room[4])
{
	const char *escape = memchr(text->data, '\\', text->len);
	struct rdb_json_span run = {text->data, escape ? (size_t)(escape - text->data) : text->len};
	size_t taken = run.len;

	if (run.len == 0) {
		run.data = room;
		taken = decode_escape(text->data, text->len, room, &run.len);
	}
	text->data += taken;
	text->len -= taken;
	return run;
}

bool rdb_json_text_equals(struct rdb_json_span text, const char *want, size_t len)
{
	char room[4];

	/* If "text" has fewer bytes left than "len", stop: the texts cannot be equal, because
	 * decoding never makes a text longer. */
	while (text.len > 0 && text.len >= len) {
		struct rdb_json_span run = next_run(&text, room);

		if (run.len > len || memcmp(run.data, want, run.len) != 0)
			return false;
		want += run.len;
		len -= run.len;
	}
	return text.len == 0 && len == 0;
}

int rdb_json_text_decode(struct rdb_json_span text, struct rdb_buf *out)
{
	char room[4];
	int ret = 0;

	while (text.len > 0 && ret == 0) {
		struct rdb_json_span run = next_run(&text, room);

		ret = rdb_buf_add(out, run.data, run.len);
	}
	return ret;
}

static bool is_plain(char c)
{
	return (unsigned char)c >= 0x20 && c != '"' && c != '\\';
}

static int encode_char(char c, struct rdb_buf *out)
{
	static const char from[] = "\b\f\n\r\t\"\\", to[] = "bfnrt\"\\";
	const char *found = memchr(from, c, sizeof(from) - 1);

	if (found)
		return rdb_buf_add(out, (char[]){'\\', to[found - from]}, 2);
	return rdb_buf_printf(out, "\\u%04x", (unsigned char)c);
}

int rdb_json_text_encode(const char *data, size_t len, struct rdb_buf *out)
{
	size_t plain = 0;
	int ret = rdb_buf_putc(out, '"');

	for (size_t at = 0; at < len && ret == 0; at += plain + 1) {
		for (plain = 0; at + plain < len && is_plain(data[at + plain]);)
			plain++;
		ret = rdb_buf_add(out, data + at, plain);
		if (ret == 0 && at + plain < len)
			ret = encode_char(data[at + plain], out);
	}
	return ret ? ret : rdb_buf_putc(out, '"');
}
