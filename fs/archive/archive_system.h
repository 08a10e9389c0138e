/*
 * The users, permissions and configuration in a backup that rdbfs made, as documents of the
 * server's own tables.
 */
#ifndef RDB_ARCHIVE_ARCHIVE_SYSTEM_H
#define RDB_ARCHIVE_ARCHIVE_SYSTEM_H

#include "archive/archive.h"
#include "base/buf.h"

#define RDB_SYSTEM_MAX ((size_t)16 << 20) /* bytes of the longest text of rdb_archive_system() */

/*
 * Stores in out a JSON object {"users":[…],"permissions":[…], …}, which is not checked, with the
 * server's own tables. Reads the archive's index. Returns 0, -ENOMEM, an error of reading, or
 *   -ENOENT if the backup does not have these tables;
 *   -EBADMSG if the archive's index is damaged.
 */
int rdb_archive_system(struct rdb_archive *archive, struct rdb_buf *out, struct rdb_err *err);

#endif
