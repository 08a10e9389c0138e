/* What is mounted where, as the kernel tells in /proc/self/mountinfo. Thread-safe. */
#ifndef RDB_MOUNT_MOUNTINFO_H
#define RDB_MOUNT_MOUNTINFO_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The type of the file system mounted exactly there, the topmost of several; "" when none is.
 * path: absolute, without links and without a slash at its end.
 */
struct rdb_mountinfo {
	char type[64];
	long owner; /* the user who mounted it, where it is a FUSE mount; else -1 */
};

/* 0, or -EIO when it can't be read. Does not touch the path. */
int rdb_mountinfo_find(const char *path, struct rdb_mountinfo *out);

/* The same from the file's text, NUL-terminated. */
void rdb_mountinfo_parse(const char *text, const char *path, struct rdb_mountinfo *out);

/* Whether it is a mount of ours. */
bool rdb_mountinfo_is_rdbfs(const struct rdb_mountinfo *info);

#endif
