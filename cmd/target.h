/*
 * What a path means that restore or check is given: an archive, a folder of an export, one database
 * or one table of such a folder (as in a mount: latest/blog, latest/blog/posts.json), or a folder
 * of backups.
 */
#ifndef RDB_CMD_TARGET_H
#define RDB_CMD_TARGET_H

#include "base/err.h"
#include "cmd/option.h"

struct rdb_target {
	char *path;           /* the archive or the export */
	char *name;           /* DATABASE or DATABASE.TABLE of it; NULL: everything */
	struct rdb_list many; /* of a folder of backups: each of them, by name; else empty */
};

/*
 * A path that does not exist, or that can't be read, is itself the target: opening it says why.
 *   -ENOMEM, and errors of listing a folder of backups
 */
int rdb_target_find(const char *path, struct rdb_target *out, struct rdb_err *err);

void rdb_target_free(struct rdb_target *target);

#endif
