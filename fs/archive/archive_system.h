/*
 * What a backup that rdbfs wrote says of the cluster beside its tables: users, permissions and
 * configuration, the documents of the server's own tables.
 */
#ifndef RDB_ARCHIVE_ARCHIVE_SYSTEM_H
#define RDB_ARCHIVE_ARCHIVE_SYSTEM_H

#include "archive/archive.h"
#include "base/buf.h"

#define RDB_SYSTEM_MAX ((size_t)16 << 20) /* bytes; a longer text is not read */

/*
 * Replaces the content of out by the text of a JSON object: {"users":[…],"permissions":[…], …}, see
 * FACT in archive/embed.h. The text is not trusted. Reads the archive's index; waits.
 *   -ENOENT   the backup has none: rdbfs did not write it, or not as an administrator
 *   -EBADMSG  its index is damaged
 *   -ENOMEM, and what reading the archive returned
 */
int rdb_archive_system(struct rdb_archive *archive, struct rdb_buf *out, struct rdb_err *err);

#endif
