/* Mounts of this machine, from /proc/self/mountinfo. Thread-safe. */
#ifndef RDB_MOUNT_MOUNTINFO_H
#define RDB_MOUNT_MOUNTINFO_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Type of the file system mounted exactly there, the topmost of several; "": none. path: absolute,
 * without links and without a slash at its end.
 */
struct rdb_mountinfo {
	char type[64];
	long owner; /* user who mounted it, for a FUSE mount; else -1 */
};

/* 0, or -EIO when the file can't be read. Does not touch the path. */
int rdb_mountinfo_find(const char *path, struct rdb_mountinfo *out);

/* The same for the text of the file, NUL-terminated. */
void rdb_mountinfo_parse(const char *text, const char *path, struct rdb_mountinfo *out);

/* Whether it is a mount of rdbfs. */
bool rdb_mountinfo_is_rdbfs(const struct rdb_mountinfo *info);

#endif
