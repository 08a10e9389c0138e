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
 * Parses the target of a symbolic link in the mount. "mountpoint" is an absolute path without
 * symbolic links. "dir" is the link's directory below the mount's root, such as restore/blog.
 *
 * Returns:
 *   0              the target is stored in *out
 *   -EINVAL        the target is not a backup, a database, or a file of a table
 *   -EXDEV         the target is outside of the mount
 *   -ENAMETOOLONG  the resolved path or a name in it is too long
 */
int rdb_upload_target_parse(
	const char *mountpoint, const char *dir, const char *target, struct rdb_upload_target *out);

/* Copies an absolute path to out. The components "." and ".." are resolved, and double slashes are
 * removed. Returns 0 or -ENAMETOOLONG. */
int rdb_upload_target_tidy(const char *path, char out[PATH_MAX]);

#endif
