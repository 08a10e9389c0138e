/* Mounts of this machine, from /proc/self/mountinfo. Thread-safe. */
#ifndef RDB_MOUNT_MOUNTINFO_H
#define RDB_MOUNT_MOUNTINFO_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Type of the file system mounted exactly at path, the topmost of several; "": none. path:
 * absolute, without links and without a slash at its end.
 */
struct rdb_mountinfo {
	char type[64];
	long owner; /* user who mounted it, for a FUSE mount; else -1 */
};

/* Finds the mount at a path. Returns 0, or -EIO when the file can't be read. Does not access the
 * path. */
int rdb_mountinfo_find(const char *path, struct rdb_mountinfo *out);

/* As rdb_mountinfo_find(), with the text of the file, NUL-terminated. */
void rdb_mountinfo_parse(const char *text, const char *path, struct rdb_mountinfo *out);

/* Returns whether a mount is one of rdbfs. */
bool rdb_mountinfo_is_rdbfs(const struct rdb_mountinfo *info);

#endif
