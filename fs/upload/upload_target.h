/*
 * The meaning of the target of a symbolic link in restore/. The functions only parse the text, and
 * access no file. Thread-safe.
 */
#ifndef RDB_UPLOAD_UPLOAD_TARGET_H
#define RDB_UPLOAD_UPLOAD_TARGET_H

#include "format/member_name.h"

#include <limits.h>

enum rdb_upload_target_kind {
	RDB_UPLOAD_TARGET_BACKUP,
	RDB_UPLOAD_TARGET_ORIGINAL, /* a backup named by its file, archives/NAME.tar.gz */
	RDB_UPLOAD_TARGET_DATABASE,
	RDB_UPLOAD_TARGET_TABLE,
	RDB_UPLOAD_TARGET_INFO, /* the .info file of a table, its metadata */
};

struct rdb_upload_target {
	enum rdb_upload_target_kind kind;
	char backup[RDB_NAME_MAX + 1]; /* name of the backup, or "latest" */
	char db[RDB_NAME_MAX + 1];
	char table[RDB_NAME_MAX + 1];
};

/*
 * Parses the target of a symbolic link. "dir" is the path of the link's directory below the mount
 * point, for example "restore/blog". "mountpoint" is an absolute path without symbolic links.
 *
 * A relative target is resolved from "dir". If the result is a path in restore/, the relative
 * target is resolved a second time, from the mount's root, because the link may be a copy of a link
 * in the root. For example, `cp -r latest restore/` copies the link "latest", and does not change
 * its target. A ".." in the target removes the name before it, without following symbolic links.
 *
 * Returns 0, or
 *   -ENAMETOOLONG if the resolved path or a name in it is too long;
 *   -EXDEV if the target is outside of the mount;
 *   -EINVAL if the target is not a backup, a database, or a file of a table.
 */
int rdb_upload_target_parse(
	const char *mountpoint, const char *dir, const char *target, struct rdb_upload_target *out);

/* Copies an absolute path to out. The components "." and ".." are resolved, and double slashes are
 * removed. Returns 0 or -ENAMETOOLONG. */
int rdb_upload_target_tidy(const char *path, char out[PATH_MAX]);

#endif
