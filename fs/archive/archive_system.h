/*
 * The users, permissions and configuration in a backup that rdbfs made, as documents of the
 * server's own tables.
 */
#ifndef RDB_ARCHIVE_ARCHIVE_SYSTEM_H
#define RDB_ARCHIVE_ARCHIVE_SYSTEM_H

#include "archive/archive.h"
#include "base/buf.h"

#define RDB_SYSTEM_MAX ((size_t)16 << 20) /* bytes of the longest text of rdb_archive_system() */

/* Stores in *out the server's own tables as a JSON object {"users":[…], …}, with their content at
 * the time of the backup. The object's members are not checked. Returns 0, -ENOMEM, -ENOENT if the
 * backup does not contain these tables, -EBADMSG if their text is not a JSON object or the
 * archive's index is damaged, or an error of rdb_source_pread(). */
int rdb_archive_system(struct rdb_archive *archive, struct rdb_buf *out, struct rdb_err *err);

#endif
