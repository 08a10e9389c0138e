#include "base/buf.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int rdb_buf_reserve(struct rdb_buf *buf, size_t more)
{
	size_t cap = buf->cap ? buf->cap : 256;
	char *data;

	if (more > SIZE_MAX / 2 - buf->len)
		return -ENOMEM;
	if (buf->data && buf->len + more <= buf->cap)
		return 0;
	while (cap < buf->len + more)
		cap *= 2;
	data = realloc(buf->data, cap);
	if (!data)
		return -ENOMEM;
	buf->data = data;
	buf->cap = cap;
	return 0;
}

int rdb_buf_add(struct rdb_buf *buf, const void *data, size_t len)
{
	if (len == 0)
		return 0;
	if (rdb_buf_reserve(buf, len) != 0)
		return -ENOMEM;
	memcpy(buf->data + buf->len, data, len);
	buf->len += len;
	return 0;
}

int rdb_buf_puts(struct rdb_buf *buf, const char *text)
{
	return rdb_buf_add(buf, text, strlen(text));
}

int rdb_buf_putc(struct rdb_buf *buf, char c)
{
	return rdb_buf_add(buf, &c, 1);
}

int rdb_buf_printf(struct rdb_buf *buf, const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	if (len < 0 || rdb_buf_reserve(buf, (size_t)len + 1) != 0)
		return -ENOMEM;
	va_start(args, fmt);
	vsnprintf(buf->data + buf->len, (size_t)len + 1, fmt, args);
	va_end(args);
	buf->len += (size_t)len;
	return 0;
}

const char *rdb_buf_cstr(struct rdb_buf *buf)
{
	if (rdb_buf_reserve(buf, 1) != 0)
		return NULL;
	buf->data[buf->len] = '\0';
	return buf->data;
}

void rdb_buf_consume(struct rdb_buf *buf, size_t n)
{
	if (n == 0)
		return;
	memmove(buf->data, buf->data + n, buf->len - n);
	buf->len -= n;
}

void rdb_buf_clear(struct rdb_buf *buf)
{
	buf->len = 0;
}

void rdb_buf_free(struct rdb_buf *buf)
{
	free(buf->data);
	*buf = (struct rdb_buf){0};
}
