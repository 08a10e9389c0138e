/*
 * Meaning of the target of a symbolic link in restore/. Parses the text only; no file is accessed.
 * Thread-safe.
 */
#ifndef RDB_UPLOAD_UPLOAD_TARGET_H
#define RDB_UPLOAD_UPLOAD_TARGET_H

#include "format/member_name.h"

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
	char backup[RDB_NAME_MAX + 1]; /* or "latest" */
	char db[RDB_NAME_MAX + 1];
	char table[RDB_NAME_MAX + 1];
};

/*
 * mountpoint: absolute, without symbolic links. dir: directory of the link, as a path below the
 * mount point ("restore/blog"). A relative target is resolved as usual; if the result is inside
 * restore/, which contains no backups, the target is resolved from the root of the mount instead:
 * `cp -r latest restore/` creates such links. ".." removes the preceding name, without following
 * links.
 *   -EXDEV         outside of the mount
 *   -EINVAL        inside the mount, but not of a kind listed above
 *   -ENAMETOOLONG
 */
int rdb_upload_target_parse(
	const char *mountpoint, const char *dir, const char *target, struct rdb_upload_target *out);

/* Writes an absolute path without ".", ".." and double slashes. Returns 0 or -ENAMETOOLONG. */
int rdb_upload_target_tidy(const char *path, char out[PATH_MAX]);

#endif
