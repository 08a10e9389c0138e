/* Decompression of small gzip files that arrive in pieces. Bytes after the last member are ignored,
 * as gzip(1) does. Archives are read by gz/inflate.h, which can start in the middle. Not
 * thread-safe. */
#ifndef RDB_GZ_GUNZIP_H
#define RDB_GZ_GUNZIP_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <sys/types.h>

struct rdb_gunzip;

/* Returns true if the data begins with the first byte of a gzip file. The text of an uncompressed
 * JSON, CSV or .info file never begins with this byte. */
static inline bool rdb_gunzip_is(const char *data, size_t len)
{
	return len > 0 && data[0] == '\x1f';
}

/* Creates a decompressor. Returns 0 or -ENOMEM. */
int rdb_gunzip_create(struct rdb_gunzip **out);
void rdb_gunzip_free(struct rdb_gunzip *gunzip);

/* Feeds the next piece of compressed data. The piece must stay valid until rdb_gunzip_next()
 * returns 0. */
void rdb_gunzip_feed(struct rdb_gunzip *gunzip, const char *data, size_t len);

/*
 * Points *out at the next decompressed bytes, which stay valid until the next call. After an error,
 * further calls return the same error.
 * Returns:
 *   > 0      the number of bytes
 *   0        the input passed so far is used up
 *   -EINVAL  the compressed data is damaged
 *   -ENOMEM  memory is exhausted
 */
ssize_t rdb_gunzip_next(struct rdb_gunzip *gunzip, const char **out, struct rdb_err *err);

/* Checks, after rdb_gunzip_next() has used up the last input, that the gzip data is complete.
 * Returns 0 if the data is complete, -EINVAL if the data is cut short, or an earlier error of
 * rdb_gunzip_next(). */
int rdb_gunzip_end(const struct rdb_gunzip *gunzip, struct rdb_err *err);

/* Decompresses a whole gzip file, and appends the decompressed content to *out. Returns 0,
 * -EMSGSIZE if *out would become longer than "max" bytes, or an error of rdb_gunzip_next() or
 * rdb_gunzip_end(). */
int rdb_gunzip_text(
	const char *data, size_t len, size_t max, struct rdb_buf *out, struct rdb_err *err);

#endif
