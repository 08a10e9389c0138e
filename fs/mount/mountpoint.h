/* Checks of a mount point before mounting. */
#ifndef RDB_MOUNT_MOUNTPOINT_H
#define RDB_MOUNT_MOUNTPOINT_H

#include "base/err.h"

/*
 * Returns the mount point as an absolute path without links. Does not access a file system mounted
 * on it. Returns 0; -ENOENT, -ENOTDIR, -EACCES, -EIO, -ENOMEM with a text. The caller frees *out.
 */
int rdb_mountpoint_resolve(const char *path, char **out, struct rdb_err *err);

/*
 * Checks that a file system can be mounted at the path.
 *   -ENOTCONN  a dead mount is at the path; the text has the command that removes it
 *   -EBUSY     a file system is mounted at the path already; an automounter's mount (autofs) is
 *              accepted
 *   -ENOTDIR -EACCES -EIO
 */
int rdb_mountpoint_check(const char *mountpoint, struct rdb_err *err);

/* Checks that the folder is empty. Returns 0, -ENOTEMPTY, -EACCES or -EIO. */
int rdb_mountpoint_empty(const char *mountpoint, struct rdb_err *err);

/*
 * Checks that neither folder is inside the other, whatever links and bind mounts lead to them.
 * what: for the error text, "the folder of backups". Returns 0; -ELOOP: one is; -EACCES, -EIO: it
 * can't be determined.
 */
int rdb_mountpoint_apart(
	const char *mountpoint, const char *folder, const char *what, struct rdb_err *err);

#define RDB_MOUNTPOINT_FUSE "/dev/fuse"

/* Checks that FUSE is available. Returns 0, -ENODEV or -EACCES. device: RDB_MOUNTPOINT_FUSE. */
int rdb_mountpoint_fuse(const char *device, struct rdb_err *err);

/* Checks that a user other than root may admit others. Returns 0 or -EPERM. conf: /etc/fuse.conf.
 */
int rdb_mountpoint_allowed(const char *conf, struct rdb_err *err);

#endif
