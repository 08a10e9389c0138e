/*
 * Decompresses gzip that arrives in pieces, of any number of members; bytes behind the last member
 * are ignored, as gzip(1) does. For small files within backups: archives are read by gz/inflate.h,
 * which can start in the middle.
 *
 * 	rdb_gunzip_feed(gunzip, data, len);
 * 	while ((n = rdb_gunzip_next(gunzip, &out, err)) > 0)
 * 		...
 *
 * Not thread-safe.
 */
#ifndef RDB_GZ_GUNZIP_H
#define RDB_GZ_GUNZIP_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <sys/types.h>

struct rdb_gunzip;

/* Returns whether a file may be gzip, judged by its first byte. No document text begins with it. */
static inline bool rdb_gunzip_is(const char *data, size_t len)
{
	return len > 0 && data[0] == '\x1f';
}

/* Returns 0 or -ENOMEM. */
int rdb_gunzip_create(struct rdb_gunzip **out);
void rdb_gunzip_free(struct rdb_gunzip *gunzip);

/* Passes the next piece; it must stay valid until rdb_gunzip_next() has returned 0. */
void rdb_gunzip_feed(struct rdb_gunzip *gunzip, const char *data, size_t len);

/*
 * Returns decompressed bytes, valid until the next call; 0: the piece is used up.
 *   -EINVAL  not gzip, damaged, or a wrong checksum; from then on every time
 *   -ENOMEM
 */
ssize_t rdb_gunzip_next(struct rdb_gunzip *gunzip, const char **out, struct rdb_err *err);

/* Ends the input. 0, or -EINVAL if the input is incomplete. */
int rdb_gunzip_end(const struct rdb_gunzip *gunzip, struct rdb_err *err);

/*
 * Decompresses a whole text into out, at most max bytes.
 *   -EINVAL  as for rdb_gunzip_next()
 *   -EMSGSIZE -ENOMEM
 */
int rdb_gunzip_text(
	const char *data, size_t len, size_t max, struct rdb_buf *out, struct rdb_err *err);

#endif
