/*
 * What a backup made by rdbfs contains of the cluster besides tables: users, permissions and
 * configuration, as documents of the server's own tables.
 */
#ifndef RDB_ARCHIVE_ARCHIVE_SYSTEM_H
#define RDB_ARCHIVE_ARCHIVE_SYSTEM_H

#include "archive/archive.h"
#include "base/buf.h"

#define RDB_SYSTEM_MAX ((size_t)16 << 20) /* bytes; longer texts are not read */

/*
 * Replaces the content of out by the text of a JSON object: {"users":[…],"permissions":[…], …}, see
 * FACT in index/embed.h. The text is not trusted. Reads the archive's index; waits.
 *   -ENOENT   the archive has no such text: rdbfs did not write the backup, or not with an
 *             administrator's rights
 *   -EBADMSG  its index is damaged
 *   -ENOMEM, and errors of reading the archive
 */
int rdb_archive_system(struct rdb_archive *archive, struct rdb_buf *out, struct rdb_err *err);

#endif
