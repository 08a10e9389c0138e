#include "http/http_private.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static int add_lower(struct rdb_buf *out, const char *text, size_t len)
{
	int ret = 0;

	for (size_t i = 0; i < len && ret == 0; i++)
		ret = rdb_buf_putc(out, (char)tolower((unsigned char)text[i]));
	return ret ? ret : rdb_buf_putc(out, '\0');
}

static int add_trimmed(struct rdb_buf *out, const char *text, const char *end)
{
	int ret;

	while (text < end && isspace((unsigned char)*text))
		text++;
	while (end > text && isspace((unsigned char)end[-1]))
		end--;
	ret = rdb_buf_add(out, text, (size_t)(end - text));
	return ret ? ret : rdb_buf_putc(out, '\0');
}

/* Appends the header's name in lower case and the header's value to *out, each with a NUL byte
 * after it. Skips lines that are not headers, such as the status line. */
static int add_line(struct rdb_buf *out, const char *line, const char *end)
{
	size_t len = (size_t)(end - line);
	const char *colon = memchr(line, ':', len);
	int ret;

	if (!colon || colon == line || memchr(line, '\0', len) ||
		memchr(line, ' ', (size_t)(colon - line)))
		return 0;
	ret = add_lower(out, line, (size_t)(colon - line));
	return ret ? ret : add_trimmed(out, colon + 1, end);
}

int rdb_http_headers_parse(const struct rdb_buf *raw, struct rdb_buf *out)
{
	const char *at = raw->data, *end;
	int ret = 0;

	rdb_buf_clear(out);
	if (raw->len == 0)
		return 0;
	end = at + raw->len;
	while (at < end && ret == 0) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));
		ret = add_line(out, at, stop ? stop : end);
		at = stop ? stop + 1 : end;
	}
	return ret;
}

const char *rdb_http_header(const struct rdb_http_response *response, const char *name)
{
	const char *at = response->headers.data;
	const char *end = response->headers.len ? at + response->headers.len : at;

	while (at < end) {
		const char *value = at + strlen(at) + 1;
		if (strcasecmp(at, name) == 0)
			return value;
		at = value + strlen(value) + 1;
	}
	return NULL;
}

void rdb_http_response_free(struct rdb_http_response *response)
{
	rdb_buf_free(&response->headers);
	rdb_buf_free(&response->body);
	response->status = 0;
}
