/* A growable buffer of bytes. Zero-initialised is empty and valid. Not thread-safe. */
#ifndef RDB_BASE_BUF_H
#define RDB_BASE_BUF_H

#include <stdarg.h>
#include <stddef.h>

struct rdb_buf {
	char *data; /* not NUL-terminated unless rdb_buf_cstr() said so */
	size_t len;
	size_t cap;
};

/*
 * Each returns 0 or -ENOMEM, and leaves the content as it was when it fails. After a reserve,
 * even one of nothing, data isn't NULL.
 */
int rdb_buf_reserve(struct rdb_buf *buf, size_t more);
int rdb_buf_add(struct rdb_buf *buf, const void *data, size_t len);
int rdb_buf_puts(struct rdb_buf *buf, const char *text);
int rdb_buf_putc(struct rdb_buf *buf, char c);
int rdb_buf_printf(struct rdb_buf *buf, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The content with a NUL behind it that does not count in len; NULL when out of memory. */
const char *rdb_buf_cstr(struct rdb_buf *buf);

/* Drops the first n bytes (n <= len). */
void rdb_buf_consume(struct rdb_buf *buf, size_t n);

/* Empties it and keeps the memory; or frees the memory too. */
void rdb_buf_clear(struct rdb_buf *buf);
void rdb_buf_free(struct rdb_buf *buf);

#endif
