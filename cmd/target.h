/*
 * The meaning of a path given to restore or check. The path can be an archive, an export folder, a
 * database or a table in such a folder or in a mount (latest/blog, latest/blog/posts.json), or a
 * folder of backups.
 */
#ifndef RDB_CMD_TARGET_H
#define RDB_CMD_TARGET_H

#include "base/err.h"
#include "cmd/option.h"

struct rdb_target {
	char *path;           /* path of the archive or the export folder */
	char *name;           /* DATABASE or DATABASE.TABLE; NULL for everything */
	struct rdb_list many; /* paths of the backups in a folder, sorted by name; else empty */
};

/*
 * Determines whether "path" is an archive, an export folder, a database or a table in an export
 * folder, or a folder of backups. Stores the result in *out. If "path" is "-", or if stat() fails,
 * sets only out->path and returns 0.
 * Returns:
 *   0        *out is set
 *   -EINVAL  "path" is a URL whose scheme is not supported
 *   -ENOENT  "path" is a folder without backups
 *   -ENOMEM  memory is exhausted
 *   other    an error of scandir()
 */
int rdb_target_find(const char *path, struct rdb_target *out, struct rdb_err *err);

void rdb_target_free(struct rdb_target *target);

#endif
