/*
 * What the target of a symbolic link in restore/ names. Only the words are looked at, no file.
 * Thread-safe.
 */
#ifndef RDB_UPLOAD_UPLOAD_TARGET_H
#define RDB_UPLOAD_UPLOAD_TARGET_H

#include "archive/member_name.h"

#include <limits.h>
#include <stdbool.h>

enum rdb_upload_target_kind {
	RDB_UPLOAD_TARGET_BACKUP,
	RDB_UPLOAD_TARGET_ORIGINAL, /* a backup, by its archive's name: archives/NAME.tar.gz */
	RDB_UPLOAD_TARGET_DATABASE,
	RDB_UPLOAD_TARGET_TABLE,
	RDB_UPLOAD_TARGET_INFO, /* a table's .info */
};

struct rdb_upload_target {
	enum rdb_upload_target_kind kind;
	char backup[RDB_NAME_MAX + 1]; /* or "latest", which says no name */
	char db[RDB_NAME_MAX + 1];
	char table[RDB_NAME_MAX + 1];
};

/*
 * mountpoint is absolute, without symbolic links. dir: where the link is, as a path below the
 * mount point ("restore/blog"). A target that is relative means what it would mean to any
 * program; should that be a place in restore/ itself, where no backup is, it is taken from the
 * root of the mount: that is what `cp -r latest restore/` makes. ".." takes the name before it
 * away, as it stands there.
 *   -EXDEV        it leads out of the mount
 *   -EINVAL       it is a place in the mount, but none of those above
 *   -ENAMETOOLONG
 */
int rdb_upload_target_parse(
	const char *mountpoint, const char *dir, const char *target, struct rdb_upload_target *out);

/* An absolute path without ".", ".." and double slashes. 0 or -ENAMETOOLONG. */
int rdb_upload_target_tidy(const char *path, char out[PATH_MAX]);

#endif
