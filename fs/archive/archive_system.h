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
 * Stores in *out the server's own tables at the time of the backup, as a JSON object
 * {"users":[…], …}. The object's members are not checked.
 *
 * Returns:
 *   0         *out is set
 *   -ENOENT   the backup does not contain these tables
 *   -EBADMSG  the tables' text is not a JSON object or is too long, or the index is damaged
 *   -ENOMEM   memory is exhausted
 *   other     an error of rdb_source_pread()
 */
int rdb_archive_system(struct rdb_archive *archive, struct rdb_buf *out, struct rdb_err *err);

#endif
