/* Whether something can be mounted there: all that can be known before trying. */
#ifndef RDB_MOUNT_MOUNTPOINT_H
#define RDB_MOUNT_MOUNTPOINT_H

#include "base/err.h"

/*
 * The mount point as an absolute path without links. Does not touch what may be mounted on it.
 * 0; -ENOENT, -ENOTDIR, -EACCES, -EIO, -ENOMEM with words. The caller frees *out.
 */
int rdb_mountpoint_resolve(const char *path, char **out, struct rdb_err *err);

/*
 *   -ENOTCONN  a dead mount is there; the words have the command that removes it
 *   -EBUSY     something is mounted there already; an automounter's place (autofs) is free
 *   -ENOTDIR -EACCES -EIO
 */
int rdb_mountpoint_check(const char *mountpoint, struct rdb_err *err);

/* That nothing is in it. -ENOTEMPTY; -EACCES, -EIO. */
int rdb_mountpoint_empty(const char *mountpoint, struct rdb_err *err);

/*
 * That neither is inside the other, whatever links and bind mounts lead there. what: for the
 * words, "the folder of backups". 0; -ELOOP; -EACCES, -EIO where it can't be found out.
 */
int rdb_mountpoint_apart(
	const char *mountpoint, const char *folder, const char *what, struct rdb_err *err);

#define RDB_MOUNTPOINT_FUSE "/dev/fuse"

/* That there is FUSE. 0; -ENODEV, -EACCES. device: RDB_MOUNTPOINT_FUSE. */
int rdb_mountpoint_fuse(const char *device, struct rdb_err *err);

/* That others may be let in by who is not root. 0; -EPERM. conf: /etc/fuse.conf. */
int rdb_mountpoint_allowed(const char *conf, struct rdb_err *err);

#endif
