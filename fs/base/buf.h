/* Growable buffer of bytes. A zero-initialised buffer is empty and valid. Not thread-safe. */
#ifndef RDB_BASE_BUF_H
#define RDB_BASE_BUF_H

#include <stdarg.h>
#include <stddef.h>

struct rdb_buf {
	char *data; /* followed by a NUL only after rdb_buf_cstr() */
	size_t len;
	size_t cap;
};

/* rdb_buf_reserve() makes room for "more" bytes after the content. After success, buf->data is not
 * NULL. The other four functions append to the content. All five functions return 0, or -ENOMEM
 * with the content unchanged. */
int rdb_buf_reserve(struct rdb_buf *buf, size_t more);
int rdb_buf_add(struct rdb_buf *buf, const void *data, size_t len);
int rdb_buf_puts(struct rdb_buf *buf, const char *text);
int rdb_buf_putc(struct rdb_buf *buf, char c);
int rdb_buf_printf(struct rdb_buf *buf, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Returns the content as a string, or NULL if memory is short. A NUL is stored after the content,
 * and is not counted in buf->len. */
const char *rdb_buf_cstr(struct rdb_buf *buf);

/* Removes the first n bytes; n must not exceed buf->len. */
void rdb_buf_consume(struct rdb_buf *buf, size_t n);

/* rdb_buf_clear() empties the buffer, and keeps the memory for later use. rdb_buf_free() frees the
 * memory. */
void rdb_buf_clear(struct rdb_buf *buf);
void rdb_buf_free(struct rdb_buf *buf);

#endif
