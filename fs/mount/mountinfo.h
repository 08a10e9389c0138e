/* Mounts of this machine, read from /proc/self/mountinfo. All functions are thread-safe. */
#ifndef RDB_MOUNT_MOUNTINFO_H
#define RDB_MOUNT_MOUNTINFO_H

#include <stdbool.h>

/*
 * The file system that was mounted last at a path and hides earlier ones. "type" is empty if
 * nothing is mounted.
 */
struct rdb_mountinfo {
	char type[64];
	long owner; /* user who mounted a FUSE file system, else -1 */
};

/* Finds out which file system is mounted at a path, but does not access that file system. The path
 * is absolute, without links or a final slash. Returns 0 or -EIO. */
int rdb_mountinfo_find(const char *path, struct rdb_mountinfo *out);

/* Finds the file system that is mounted at a path. "text" is the NUL-terminated content of a
 * mountinfo file. */
void rdb_mountinfo_parse(const char *text, const char *path, struct rdb_mountinfo *out);

bool rdb_mountinfo_is_rdbfs(const struct rdb_mountinfo *info);

#endif
