/*
 * Decompresses gzip that arrives in pieces, of any number of members; zeros and other bytes behind
 * the last are ignored, as gzip(1) ignores them. For small files within backups: archives are read
 * by gz/inflate.h, which can be entered in the middle.
 *
 *	rdb_gunzip_feed(gunzip, data, len);
 *	while ((n = rdb_gunzip_next(gunzip, &out, err)) > 0)
 *		...
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

/* Whether a file may be gzip, by its first byte. No text of documents begins with it. */
static inline bool rdb_gunzip_is(const char *data, size_t len)
{
	return len > 0 && data[0] == '\x1f';
}

/* 0, -ENOMEM. */
int rdb_gunzip_create(struct rdb_gunzip **out);
void rdb_gunzip_free(struct rdb_gunzip *gunzip);

/* The next piece, which must stay until next returned 0. */
void rdb_gunzip_feed(struct rdb_gunzip *gunzip, const char *data, size_t len);

/*
 * Decompressed bytes, good until the next call; 0: the piece holds no more.
 *   -EINVAL  not gzip, damaged, or its checksum is wrong; each time from then on
 *   -ENOMEM
 */
ssize_t rdb_gunzip_next(struct rdb_gunzip *gunzip, const char **out, struct rdb_err *err);

/* The pieces have ended: 0, or -EINVAL when they must not end there. */
int rdb_gunzip_end(const struct rdb_gunzip *gunzip, struct rdb_err *err);

/*
 * Decompresses all of a text into out, at most max bytes.
 *   -EINVAL  as above
 *   -EMSGSIZE -ENOMEM
 */
int rdb_gunzip_text(
	const char *data, size_t len, size_t max, struct rdb_buf *out, struct rdb_err *err);

#endif
