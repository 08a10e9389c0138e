/* Checks of a mount point before mounting. */
#ifndef RDB_MOUNT_MOUNTPOINT_H
#define RDB_MOUNT_MOUNTPOINT_H

#include "base/err.h"

/*
 * Returns the mount point as an absolute path without links. Does not touch what is mounted on it.
 * 0; -ENOENT, -ENOTDIR, -EACCES, -EIO, -ENOMEM with a text. The caller frees *out.
 */
int rdb_mountpoint_resolve(const char *path, char **out, struct rdb_err *err);

/*
 *   -ENOTCONN  a dead mount is there; the text has the command that removes it
 *   -EBUSY     something is mounted there already; an automounter's place (autofs) counts as free
 *   -ENOTDIR -EACCES -EIO
 */
int rdb_mountpoint_check(const char *mountpoint, struct rdb_err *err);

/* Checks that the folder is empty. -ENOTEMPTY; -EACCES, -EIO. */
int rdb_mountpoint_empty(const char *mountpoint, struct rdb_err *err);

/*
 * Checks that neither folder is inside the other, whatever links and bind mounts lead there. what:
 * for the error text, "the folder of backups". 0; -ELOOP; -EACCES, -EIO if it can't be determined.
 */
int rdb_mountpoint_apart(
	const char *mountpoint, const char *folder, const char *what, struct rdb_err *err);

#define RDB_MOUNTPOINT_FUSE "/dev/fuse"

/* Checks that FUSE is available. 0; -ENODEV, -EACCES. device: RDB_MOUNTPOINT_FUSE. */
int rdb_mountpoint_fuse(const char *device, struct rdb_err *err);

/* Checks that a user other than root may admit others. 0; -EPERM. conf: /etc/fuse.conf. */
int rdb_mountpoint_allowed(const char *conf, struct rdb_err *err);

#endif
