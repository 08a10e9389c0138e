/* Opens an archive by the index that rdbfs embedded in it (embed.h), without a scan. */
#ifndef RDB_ARCHIVE_EMBEDDED_H
#define RDB_ARCHIVE_EMBEDDED_H

#include "archive/archive_private.h"
#include "index/embed.h"

/*
 * Reads the embedded index and compares it with the archive's own headers.
 *   -ENOENT   no index that can be trusted, or one without the CRCs of its spans; the log says why
 *             if one was expected
 *   -ENOMEM
 *   -EIO      the source failed
 */
int rdb_embedded_read(struct rdb_archive *archive, struct rdb_embed *embed);

/* Fills an empty catalogue and index with the embedded index. Sorts its members. Returns 0, -ENOMEM
 * or -EINVAL. */
int rdb_embedded_fill(struct rdb_archive *archive, struct rdb_embed *embed);

#endif
