/*
 * Meaning of a path given to restore or check: an archive, a folder of an export, one database or
 * one table of such a folder (or of a mount: latest/blog, latest/blog/posts.json), or a folder of
 * backups.
 */
#ifndef RDB_CMD_TARGET_H
#define RDB_CMD_TARGET_H

#include "base/err.h"
#include "cmd/option.h"

struct rdb_target {
	char *path;           /* the archive or the export */
	char *name;           /* DATABASE or DATABASE.TABLE in it; NULL: everything */
	struct rdb_list many; /* for a folder of backups: their paths, sorted by name; else empty */
};

/*
 * Classifies a path. If it does not exist, or is unreadable, it is itself the target: opening it
 * reports the error.
 *   -ENOMEM, and errors of listing a folder of backups
 */
int rdb_target_find(const char *path, struct rdb_target *out, struct rdb_err *err);

void rdb_target_free(struct rdb_target *target);

#endif
