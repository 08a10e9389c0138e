/* Checks of a mount point before a file system is mounted. */
#ifndef RDB_MOUNT_MOUNTPOINT_H
#define RDB_MOUNT_MOUNTPOINT_H

#include "base/err.h"

/* Stores in *out the absolute path without symbolic links. The caller frees *out. Does not access a
 * file system mounted at the path. Returns 0, -ENOENT, -ENOTDIR, -EACCES, -EIO or -ENOMEM. */
int rdb_mountpoint_resolve(const char *path, char **out, struct rdb_err *err);

/*
 * Checks that a file system can be mounted at the path "mountpoint".
 *
 * Returns:
 *   0          a file system can be mounted, or an automounter manages the path
 *   -ENOTCONN  the program of a mount at the path has ended (a dead mount)
 *   -EBUSY     another file system is mounted at the path
 *   -ENOMEM    memory is exhausted
 *   -ENOENT, -ENOTDIR, -EACCES or -EIO  the path cannot be used
 */
int rdb_mountpoint_check(const char *mountpoint, struct rdb_err *err);

/* Checks that the mount point is an empty folder. Returns 0, -ENOTEMPTY, -EACCES or -EIO. */
int rdb_mountpoint_empty(const char *mountpoint, struct rdb_err *err);

/*
 * Checks that the mount point is not the folder "folder", and that neither contains the other, even
 * through links. "what" describes the folder in messages.
 *
 * Returns:
 *   0        the folders are apart
 *   -ELOOP   the folders are the same, or one contains the other
 *   -EACCES  access to a folder is denied
 *   -EIO     any other error
 */
int rdb_mountpoint_apart(
	const char *mountpoint, const char *folder, const char *what, struct rdb_err *err);

#define RDB_MOUNTPOINT_FUSE "/dev/fuse"

/* Checks that the FUSE device can be opened. The parameter "device" is the device's path:
 * RDB_MOUNTPOINT_FUSE, or another path in tests. Returns 0, -EACCES if opening the device is not
 * permitted, or -ENODEV after any other failure. */
int rdb_mountpoint_fuse(const char *device, struct rdb_err *err);

/* Checks that the file "conf", usually /etc/fuse.conf, permits allow-other and allow-root to users
 * other than root. Returns 0 or -EPERM. */
int rdb_mountpoint_allowed(const char *conf, struct rdb_err *err);

#endif
