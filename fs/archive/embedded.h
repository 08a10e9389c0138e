/* Opening of an archive by the index that rdbfs has embedded in it (index/embed.h), without a scan.
 */
#ifndef RDB_ARCHIVE_EMBEDDED_H
#define RDB_ARCHIVE_EMBEDDED_H

#include "archive/archive_private.h"
#include "index/embed.h"

/*
 * Reads the index that the archive contains into *embed, and checks that it matches the archive's
 * headers. Returns 0, -ENOMEM, -EIO if the archive cannot be read, or -ENOENT if the index is
 * missing, has no CRCs or does not match. After -ENOENT, the log has the reason.
 */
int rdb_embedded_read(struct rdb_archive *archive, struct rdb_embed *embed);

/* Copies an embedded index into the archive's catalogue and index, which must be empty. Sorts the
 * members in *embed. Returns 0, -ENOMEM, or -EINVAL if the embedded index is invalid. */
int rdb_embedded_fill(struct rdb_archive *archive, struct rdb_embed *embed);

#endif
