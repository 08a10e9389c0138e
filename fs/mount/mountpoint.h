/* Checks of a mount point before a file system is mounted. */
#ifndef RDB_MOUNT_MOUNTPOINT_H
#define RDB_MOUNT_MOUNTPOINT_H

#include "base/err.h"

/* Resolves all symbolic links in a path, and stores the absolute path in *out, for the caller to
 * free. Does not access a file system that is mounted at the path. Returns 0, -ENOENT, -ENOTDIR,
 * -EACCES, -EIO or -ENOMEM. */
int rdb_mountpoint_resolve(const char *path, char **out, struct rdb_err *err);

/*
 * Checks that a file system can be mounted at the path "mountpoint". Returns 0 if this is possible,
 * or if an automounter manages the path. Otherwise returns -ENOMEM, or
 *   -ENOTCONN if the program of a mount at the path has ended (a dead mount);
 *   -EBUSY if another file system is mounted at the path;
 *   -ENOENT, -ENOTDIR, -EACCES or -EIO if the path cannot be used.
 */
int rdb_mountpoint_check(const char *mountpoint, struct rdb_err *err);

/* Checks that the mount point is an empty folder. Returns 0, -ENOTEMPTY, -EACCES or -EIO. */
int rdb_mountpoint_empty(const char *mountpoint, struct rdb_err *err);

/* Checks that neither the mount point nor the folder "folder" contains the other, even through
 * links. A folder also contains itself in this sense. The text "what" describes "folder" in
 * messages. Returns 0, -ELOOP if one folder contains the other, -EACCES if access to a folder is
 * denied, or -EIO after any other error. */
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
