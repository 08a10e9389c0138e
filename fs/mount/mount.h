/*
 * The mounted file system. create checks and mounts, serve answers requests until it is unmounted.
 * No thread starts before serve, so the program can fork into the background in between.
 */
#ifndef RDB_MOUNT_MOUNT_H
#define RDB_MOUNT_MOUNT_H

#include "archive/archive.h"
#include "base/err.h"
#include "restore/restore_policy.h"
#include "schedule/keeper.h"
#include "store/store.h"

#include <stdbool.h>
#include <sys/types.h>

struct rdb_mount;
struct rdb_node_ops;

/*
 * A tree that the mount shows as a directory in its root, beside its own: the mount knows such a
 * tree by these members alone. The directory's name is in the table of reserved names
 * (mount/tree.c).
 */
struct rdb_mount_child {
	const char *name;
	const struct rdb_node_ops *ops; /* of the directory; its node's own is the context */
	void *context;                  /* owned by the caller, must outlive the mount */
	/* Called when the mount ends, before the kernel's connection does: answers requests that
	 * wait, and returns when no thread of the tree works for the mount. May be called again,
	 * also by two threads at once. NULL: nothing to do. */
	void (*stop)(void *context);
};

enum rdb_mount_index { RDB_INDEX_NONE, RDB_INDEX_NEWEST, RDB_INDEX_ALL };

/* Options for restoring files that are copied into restore/. */
struct rdb_mount_restore {
	struct rdb_restore_policy policy; /* its pointers must outlive the mount */
	unsigned rename_wait; /* seconds to wait for the rename of rsync's temporary file; 0: 60 */
};

struct rdb_mount_config {
	const char *mountpoint;
	struct rdb_store *store;          /* owned by the caller, must outlive the mount */
	struct rdb_archive_env *archives; /* owned by the caller, must outlive the mount */
	uid_t uid;                        /* owner of the files */
	gid_t gid;
	mode_t umask; /* subtracted from 0555 and 0444; 0277 makes 0500 and 0400 */
	bool allow_other;
	bool allow_root;
	bool auto_unmount;
	bool allow_delete;           /* rmdir of a backup directory removes the backup */
	struct rdb_cluster *cluster; /* owned by the caller, must outlive the mount; NULL: none */
	struct rdb_mount_restore restore;
	struct rdb_types *types; /* the caller's; outlives the mount */
	/* Owned by the caller, must outlive the mount, which starts and stops it. NULL: no
	 * backup-now. */
	struct rdb_keeper *keeper;
	struct rdb_monitor *monitor; /* owned by the caller, must outlive the mount; NULL: none */
	enum rdb_mount_index index;  /* which archives are indexed in the background */
	bool debug;                  /* libfuse's own trace */
	const char *const
		*fuse_options; /* further -o options for libfuse, NULL-terminated; may be NULL */
	const struct rdb_mount_child *children; /* the last has no name, at most 4; NULL: none */
	/* Called once when the kernel has been answered and the mount serves. */
	void (*ready)(void *arg);
	void *ready_arg;
};

/*
 * Mounts. From then until rdb_mount_destroy() the calling thread, and threads that it starts, block
 * SIGINT, SIGTERM and SIGHUP, which rdb_mount_serve() handles. 0, or
 *   -ENOENT -ENOTDIR -EACCES  the mount point
 *   -EBUSY                    something is mounted there already
 *   -ENOTCONN                 a dead mount is there; the text says how to remove it
 *   -ENODEV                   no /dev/fuse
 *   -EINVAL                   libfuse rejects an option
 *   -ENOMEM -EIO
 */
int rdb_mount_create(
	const struct rdb_mount_config *config, struct rdb_mount **out, struct rdb_err *err);

/* Serves until unmounted or stopped by SIGINT, SIGTERM, SIGHUP. Returns 0 or -EIO. */
int rdb_mount_serve(struct rdb_mount *mount, struct rdb_err *err);

/* Unmounts if still mounted and frees. */
void rdb_mount_destroy(struct rdb_mount *mount);

#endif
