/* Opening an archive by the index that rdbfs put into it (embed.h), without a scan. */
#ifndef RDB_ARCHIVE_EMBEDDED_H
#define RDB_ARCHIVE_EMBEDDED_H

#include "archive/archive_private.h"
#include "archive/embed.h"

/*
 * Reads the embedded index and compares it with the archive's own headers.
 *   -ENOENT   there is none that can be believed, or one without the CRCs by which what is read
 *             can be; the log says why if there should be one
 *   -ENOMEM
 *   -EIO      the source failed
 */
int rdb_embedded_read(struct rdb_archive *archive, struct rdb_embed *embed);

/* Fills an empty catalogue and index with it, completely. Sorts its members. 0, -ENOMEM,
 * -EINVAL. */
int rdb_embedded_take(struct rdb_archive *archive, struct rdb_embed *embed);

#endif
