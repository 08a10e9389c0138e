/* The connection to the kernel: the mount point, the threads that answer requests, and what the
 * trees share. Trees add their nodes (struct rdb_fixed, struct rdb_mount_child) before
 * rdb_mount_begin(). No thread starts before rdb_mount_start(), so the program can fork in between.
 */
#ifndef RDB_MOUNT_MOUNT_H
#define RDB_MOUNT_MOUNT_H

#include "base/err.h"

#include <stdbool.h>
#include <sys/types.h>

struct rdb_mount;
struct rdb_node_ops;

/* A directory that another module adds to the root. Its name must be in the table of reserved names
 * (tree/listed.c). */
struct rdb_mount_child {
	const char *name;
	const struct rdb_node_ops *ops; /* operations of the added directory */
	void *context;                  /* owned by the caller, must outlive the mount */
	/* Answers the tree's waiting requests, and waits until the tree no longer uses the mount.
	 * Can be called several times, also by two threads at once. The pointer is NULL if the tree
	 * needs no such function. */
	void (*stop)(void *context);
};

struct rdb_mount_config {
	const char *mountpoint;
	uid_t uid; /* owner of all files in the mount */
	gid_t gid;
	mode_t umask; /* permission bits removed from 0555 (directories) and 0444 (files) */
	bool allow_other;
	bool allow_root;
	bool auto_unmount;
	bool remote; /* the trees may wait for a network, so more threads are allowed */
	bool debug;  /* libfuse's own trace */
	const char *const *fuse_options; /* further -o options, NULL-terminated; may be NULL */
	/* Array of further directories in the root of the mount, ended by an element whose name is
	 * NULL. The pointer is NULL if the mount has no further directories. */
	const struct rdb_mount_child *children;
	/* Called once, as soon as the mount answers requests of the kernel. May be NULL. */
	void (*ready)(void *arg);
	void *ready_arg;
};

/* Checks the mount point, and creates a mount without nodes. Returns 0, -ENODEV if there is no
 * /dev/fuse, -ENOMEM, -EIO, or an error of rdb_mountpoint_resolve() or rdb_mountpoint_check(). */
int rdb_mount_create(
	const struct rdb_mount_config *config, struct rdb_mount **out, struct rdb_err *err);

/* Mounts, and blocks SIGINT, SIGTERM and SIGHUP for the calling thread until rdb_mount_end().
 * Returns 0, -EINVAL if libfuse rejects an option, or another negative errno. */
int rdb_mount_begin(struct rdb_mount *mount, struct rdb_err *err);

/* Starts the threads of the mount. The calling thread must call rdb_mount_serve() next. Returns 0
 * or -EIO. */
int rdb_mount_start(struct rdb_mount *mount, struct rdb_err *err);

/* Answers requests until the file system is unmounted or SIGINT, SIGTERM or SIGHUP arrives. Returns
 * 0 or -EIO. */
int rdb_mount_serve(struct rdb_mount *mount, struct rdb_err *err);

/* Ends the mount's own threads, unmounts, and releases all handles and nodes. Before the call, the
 * caller must end the threads of all trees that use the mount. */
void rdb_mount_end(struct rdb_mount *mount);

/* Frees the mount after rdb_mount_end(). mount may be NULL. */
void rdb_mount_destroy(struct rdb_mount *mount);

#endif
