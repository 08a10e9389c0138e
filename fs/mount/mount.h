/*
 * The mounted file system. rdb_mount_create() checks the mount point and mounts. rdb_mount_serve()
 * answers requests until the file system is unmounted. No thread starts before rdb_mount_serve(),
 * so the program can fork into the background between the two calls.
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
 * A tree that is added to the mount as a directory in the root. The mount knows the added tree only
 * by these members. The directory's name must be in the table of reserved names (mount/tree.c).
 */
struct rdb_mount_child {
	const char *name;
	const struct rdb_node_ops *ops; /* operations of the added directory */
	void *context;                  /* owned by the caller, must outlive the mount */
	/* Called when the mount ends, while the connection to the kernel is still open. Answers the
	 * requests that wait in this tree, and returns when no thread of the tree uses the mount
	 * any more. May be called several times, also by two threads at once. NULL if the tree
	 * needs no such call. */
	void (*stop)(void *context);
};

enum rdb_mount_index { RDB_MOUNT_INDEX_NONE, RDB_MOUNT_INDEX_NEWEST, RDB_MOUNT_INDEX_ALL };

/* Options for restoring the files that are copied into restore/. */
struct rdb_mount_restore {
	struct rdb_restore_policy policy; /* objects of the policy must outlive the mount */
	unsigned rename_wait; /* seconds to wait until rsync renames its file; 0 means 60 */
};

struct rdb_mount_config {
	const char *mountpoint;
	struct rdb_store *store;          /* owned by the caller, must outlive the mount */
	struct rdb_archive_env *archives; /* owned by the caller, must outlive the mount */
	uid_t uid;                        /* owner of all files in the mount */
	gid_t gid;
	mode_t umask; /* permission bits removed from 0555 (directories) and 0444 (files) */
	bool allow_other;
	bool allow_root;
	bool auto_unmount;
	bool allow_delete;           /* rmdir of a backup's directory deletes the backup */
	struct rdb_cluster *cluster; /* owned by the caller, must outlive the mount; may be NULL */
	struct rdb_mount_restore restore;
	struct rdb_types *types; /* owned by the caller, must outlive the mount */
	/* Makes backups. Owned by the caller, must outlive the mount. The mount starts and stops
	 * the keeper. NULL if the mount has no file backup-now. */
	struct rdb_keeper *keeper;
	struct rdb_monitor *monitor; /* owned by the caller, must outlive the mount; may be NULL */
	enum rdb_mount_index index;  /* which archives are indexed in the background */
	bool debug;                  /* libfuse's own trace */
	const char *const *fuse_options; /* further -o options, NULL-terminated; may be NULL */
	/* Further directories in the root of the mount: at most 4 elements, and then an element
	 * with the name NULL. May be NULL. */
	const struct rdb_mount_child *children;
	/* Called once, when the kernel has accepted the mount and requests are answered. */
	void (*ready)(void *arg);
	void *ready_arg;
};

/*
 * Checks the mount point and mounts. The calling thread and the threads that it starts block
 * SIGINT, SIGTERM and SIGHUP until rdb_mount_destroy(). rdb_mount_serve() handles these signals.
 * Returns 0, or
 *   -ENOENT, -ENOTDIR or -EACCES if the mount point cannot be used;
 *   -EBUSY if a file system is mounted on the mount point already;
 *   -ENOTCONN if a mount whose program has ended is on the mount point (err says how to remove it);
 *   -ENODEV if there is no /dev/fuse;
 *   -EINVAL if libfuse rejects an option;
 *   -ENOMEM or -EIO for other failures.
 */
int rdb_mount_create(
	const struct rdb_mount_config *config, struct rdb_mount **out, struct rdb_err *err);

/* Answers requests until the file system is unmounted or SIGINT, SIGTERM or SIGHUP arrives. Returns
 * 0 or -EIO. */
int rdb_mount_serve(struct rdb_mount *mount, struct rdb_err *err);

/* Unmounts the file system if it is still mounted, and frees the mount. */
void rdb_mount_destroy(struct rdb_mount *mount);

#endif
