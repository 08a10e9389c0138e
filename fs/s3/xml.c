#include "s3/xml.h"

#include "base/buf.h"
#include "base/byte_order_mark.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct reader {
	const char *at, *end;
	char path[RDB_XML_PATH];
	size_t path_len;
	size_t starts[RDB_XML_DEPTH]; /* path_len before each open element was added */
	unsigned depth;
	bool leaf; /* the innermost element has no child so far */
	bool done;
	struct rdb_buf text;
};

static bool starts_with(const struct reader *r, const char *text)
{
	size_t len = strlen(text);

	return (size_t)(r->end - r->at) >= len && memcmp(r->at, text, len) == 0;
}

static bool skip_past(struct reader *r, const char *text)
{
	const char *found = memmem(r->at, (size_t)(r->end - r->at), text, strlen(text));

	if (!found)
		return false;
	r->at = found + strlen(text);
	return true;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* ---- text ---- */

static int put_utf8(struct rdb_buf *out, uint32_t c)
{
	char bytes[4];
	size_t n = 0;

	if (c < 0x80) {
		bytes[n++] = (char)c;
	} else if (c < 0x800) {
		bytes[n++] = (char)(0xc0 | c >> 6);
		bytes[n++] = (char)(0x80 | (c & 63));
	} else if (c < 0x10000) {
		bytes[n++] = (char)(0xe0 | c >> 12);
		bytes[n++] = (char)(0x80 | (c >> 6 & 63));
		bytes[n++] = (char)(0x80 | (c & 63));
	} else {
		bytes[n++] = (char)(0xf0 | c >> 18);
		bytes[n++] = (char)(0x80 | (c >> 12 & 63));
		bytes[n++] = (char)(0x80 | (c >> 6 & 63));
		bytes[n++] = (char)(0x80 | (c & 63));
	}
	return rdb_buf_add(out, bytes, n);
}

static int digit_of(char c, int base)
{
	int value = c >= '0' && c <= '9'   ? c - '0'
		    : c >= 'a' && c <= 'f' ? c - 'a' + 10
		    : c >= 'A' && c <= 'F' ? c - 'A' + 10
					   : 99;

	return value < base ? value : -1;
}

/* Returns the Unicode code point that an XML character reference such as "#38" or "#x26" denotes.
 * Returns 0 if the number in the reference is malformed or not allowed. */
static uint32_t character_number(const char *text, size_t len)
{
	int base = len > 1 && text[1] == 'x' ? 16 : 10;
	size_t i = base == 16 ? 2 : 1;
	uint32_t value = 0;

	if (i == len)
		return 0;
	for (; i < len; i++) {
		int digit = digit_of(text[i], base);
		if (digit < 0)
			return 0;
		value = value * (uint32_t)base + (uint32_t)digit;
		if (value > 0x10ffff)
			return 0;
	}
	return value >= 0xd800 && value < 0xe000 ? 0 : value;
}

static uint32_t named_character(const char *text, size_t len)
{
	static const struct {
		const char *name;
		char c;
	} all[] = {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (strlen(all[i].name) == len && memcmp(all[i].name, text, len) == 0)
			return (uint32_t)all[i].c;
	return 0;
}

static int read_entity(struct reader *r)
{
	size_t room = (size_t)(r->end - r->at), most = room < 12 ? room : 12;
	const char *name = r->at + 1, *stop = memchr(r->at, ';', most);
	uint32_t c;

	if (!stop || stop == name)
		return -EBADMSG;
	c = *name == '#' ? character_number(name, (size_t)(stop - name))
			 : named_character(name, (size_t)(stop - name));
	r->at = stop + 1;
	return c ? put_utf8(&r->text, c) : -EBADMSG;
}

static int read_text(struct reader *r)
{
	const char *stop = r->at;

	if (*r->at == '&')
		return r->depth ? read_entity(r) : -EBADMSG;
	while (stop < r->end && *stop != '<' && *stop != '&')
		stop++;
	for (const char *c = r->at; c < stop; c++)
		if (*c == '\0' || (r->depth == 0 && !is_space(*c)))
			return -EBADMSG;
	if (r->depth && rdb_buf_add(&r->text, r->at, (size_t)(stop - r->at)) != 0)
		return -ENOMEM;
	r->at = stop;
	return 0;
}

static int read_cdata(struct reader *r)
{
	const char *from = r->at + strlen("<![CDATA[");

	if (r->depth == 0 || !skip_past(r, "]]>") || r->at - strlen("]]>") < from)
		return -EBADMSG;
	return rdb_buf_add(&r->text, from, (size_t)(r->at - strlen("]]>") - from));
}

/* ---- elements ---- */

static const char *read_name(struct reader *r, size_t *len)
{
	const char *name = r->at;

	while (r->at < r->end && !is_space(*r->at) && *r->at != '>' && *r->at != '/' &&
		*r->at != '<' && *r->at != '\0') {
		if (*r->at == ':')
			name = r->at + 1;
		r->at++;
	}
	*len = (size_t)(r->at - name);
	return name;
}

static int finish_element(struct reader *r, const struct rdb_xml_handler *handler)
{
	const char *text = rdb_buf_cstr(&r->text);
	int ret;

	if (!text)
		return -ENOMEM;
	ret = handler->element(handler->arg, r->path, r->leaf ? text : "");
	r->path_len = r->starts[--r->depth];
	r->path[r->path_len] = '\0';
	r->leaf = false;
	r->done = r->depth == 0;
	rdb_buf_clear(&r->text);
	return ret;
}

static int push_name(struct reader *r, const char *name, size_t len)
{
	if (len == 0 || r->done || r->depth == RDB_XML_DEPTH ||
		r->path_len + len + 2 > sizeof(r->path))
		return -EBADMSG;
	r->starts[r->depth++] = r->path_len;
	if (r->path_len)
		r->path[r->path_len++] = '/';
	memcpy(r->path + r->path_len, name, len);
	r->path_len += len;
	r->path[r->path_len] = '\0';
	return 0;
}

static int skip_attributes(struct reader *r, bool *closed)
{
	*closed = false;
	while (r->at < r->end && *r->at != '>') {
		char c = *r->at++;
		if (c == '<' || c == '\0')
			return -EBADMSG;
		*closed = c == '/';
		if (c == '"' || c == '\'') {
			const char *stop = memchr(r->at, c, (size_t)(r->end - r->at));
			if (!stop)
				return -EBADMSG;
			r->at = stop + 1;
		}
	}
	if (r->at == r->end)
		return -EBADMSG;
	r->at++;
	return 0;
}

static int read_start(struct reader *r, const struct rdb_xml_handler *handler)
{
	const char *name;
	bool closed;
	size_t len;
	int ret;

	r->at++;
	name = read_name(r, &len);
	ret = push_name(r, name, len);
	ret = ret ? ret : skip_attributes(r, &closed);
	if (ret != 0)
		return ret;
	r->leaf = true;
	rdb_buf_clear(&r->text);
	return closed ? finish_element(r, handler) : 0;
}

static int read_end(struct reader *r, const struct rdb_xml_handler *handler)
{
	const char *name;
	size_t len, start;

	r->at += 2;
	name = read_name(r, &len);
	while (r->at < r->end && is_space(*r->at))
		r->at++;
	if (r->depth == 0 || r->at == r->end || *r->at != '>')
		return -EBADMSG;
	r->at++;
	start = r->starts[r->depth - 1];
	start += start ? 1 : 0;
	if (r->path_len - start != len || memcmp(r->path + start, name, len) != 0)
		return -EBADMSG;
	return finish_element(r, handler);
}

static int read_one(struct reader *r, const struct rdb_xml_handler *handler)
{
	if (*r->at != '<')
		return read_text(r);
	if (starts_with(r, "<?"))
		return skip_past(r, "?>") ? 0 : -EBADMSG;
	if (starts_with(r, "<!--"))
		return skip_past(r, "-->") ? 0 : -EBADMSG;
	if (starts_with(r, "<![CDATA["))
		return read_cdata(r);
	if (starts_with(r, "<!"))
		return -EBADMSG;
	return starts_with(r, "</") ? read_end(r, handler) : read_start(r, handler);
}

int rdb_xml_read(
	const char *data, size_t len, const struct rdb_xml_handler *handler, struct rdb_err *err)
{
	struct reader r = {.at = data, .end = data ? data + len : data};
	int ret = 0;

	if (data && rdb_byte_order_mark(data, len))
		r.at += RDB_BYTE_ORDER_MARK_LEN;
	while (r.at < r.end && ret == 0)
		ret = read_one(&r, handler);
	if (ret == 0 && !r.done)
		ret = -EBADMSG;
	if (ret == -EBADMSG)
		rdb_err_set(err, EBADMSG, "the answer is not S3's XML, or is cut short");
	rdb_buf_free(&r.text);
	return ret;
}
