/* A growable buffer of bytes. Zero-initialised is empty and valid. Not thread-safe. */
#ifndef RDB_BASE_BUF_H
#define RDB_BASE_BUF_H

#include <stdarg.h>
#include <stddef.h>

struct rdb_buf {
	char *data; /* NUL-terminated only after rdb_buf_cstr() */
	size_t len;
	size_t cap;
};

/*
 * Both return 0 or -ENOMEM, and leave the content unchanged on failure. After a successful reserve,
 * even of 0 bytes, data is not NULL.
 */
int rdb_buf_reserve(struct rdb_buf *buf, size_t more);
int rdb_buf_add(struct rdb_buf *buf, const void *data, size_t len);
int rdb_buf_puts(struct rdb_buf *buf, const char *text);
int rdb_buf_putc(struct rdb_buf *buf, char c);
int rdb_buf_printf(struct rdb_buf *buf, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The content followed by a NUL, which len does not count; NULL when out of memory. */
const char *rdb_buf_cstr(struct rdb_buf *buf);

/* Drops the first n bytes (n <= len). */
void rdb_buf_consume(struct rdb_buf *buf, size_t n);

/* Clear keeps the memory for reuse; free releases it. */
void rdb_buf_clear(struct rdb_buf *buf);
void rdb_buf_free(struct rdb_buf *buf);

#endif
