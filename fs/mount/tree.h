/* Internals of the mount: struct rdb_mount, the fixed nodes, and replies with nodes. */
#ifndef RDB_MOUNT_TREE_H
#define RDB_MOUNT_TREE_H

#include "base/pool.h"
#include "base/timer.h"
#include "mount/handle.h"
#include "mount/inode.h"
#include "mount/mount.h"
#include "mount/node.h"
#include "mount/notifier.h"
#include "mount/stop.h"

#include <stdatomic.h>

#define RDB_WORKERS 8  /* threads for tasks that wait for a disk, and that answer requests */
#define RDB_READERS 32 /* threads that read */
/* Number of threads if config.remote is set. There are many, because each thread may wait long for
 * a reply. The threads are started when needed. */
#define RDB_WORKERS_REMOTE 64
#define RDB_READERS_REMOTE 512

#define RDB_FIXED_MAX 16

/* A directory or file that always exists in the tree. */
struct rdb_fixed {
	const char *name;
	struct rdb_node node;
	fuse_ino_t parent;
};

struct rdb_mount {
	struct rdb_mount_config config;
	char *mountpoint; /* absolute */
	struct fuse_session *session;
	/* Nodes that always exist. The nodes do not change while the mount serves requests. */
	struct rdb_node root;
	struct rdb_fixed fixed[RDB_FIXED_MAX];
	size_t fixed_count;
	struct rdb_inodes *inodes;
	struct rdb_handles handles;
	struct rdb_pool *workers;
	struct rdb_pool *readers;
	struct rdb_timer *timer;
	struct rdb_notifier notifier;
	struct rdb_stop stop;
	time_t started;
	atomic_bool stopping; /* the mount is ending, so waiting requests fail */
};

/* ---- the fixed nodes ---- */

/* Adds a fixed node (a node that exists as long as the mount) to the tree. Must be called before
 * rdb_mount_begin(), and at most RDB_FIXED_MAX times. */
void rdb_tree_add(struct rdb_mount *mount, const struct rdb_fixed *fixed);

/* Returns the fixed node at the position "place" among the fixed nodes of the directory "parent".
 * Positions are counted from 0. Returns NULL if the directory has no fixed node at this position.
 */
const struct rdb_fixed *rdb_tree_fixed(
	const struct rdb_mount *mount, fuse_ino_t parent, size_t place);
const struct rdb_fixed *rdb_tree_fixed_find(
	const struct rdb_mount *mount, fuse_ino_t parent, const char *name);

/* Adds the directories in config.children to the fixed nodes, with the numbers from
 * RDB_INO_CHILDREN on. */
void rdb_tree_add_children(struct rdb_mount *mount);

/* Calls stop() of every added tree (struct rdb_mount_child). This function can be called several
 * times, even by two threads at once. */
void rdb_tree_stop_children(struct rdb_mount *mount);

/* Copies the node with the inode number ino to *out. Returns false if there is no such node. */
bool rdb_tree_node(struct rdb_mount *mount, fuse_ino_t ino, struct rdb_node *out);
fuse_ino_t rdb_tree_parent(struct rdb_mount *mount, const struct rdb_node *node);

/* ---- attributes and answers ---- */

void rdb_attr_of(struct rdb_mount *mount, const struct rdb_node *node, struct rdb_attr *out);

/* Answers a lookup with the node. Counts the lookup, because the kernel later reports how many
 * lookups it has forgotten. */
void rdb_reply_node(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *node);

/* Answers a lookup with ENOENT. The kernel may cache this answer for "timeout" seconds. */
void rdb_reply_absent(fuse_req_t req, double timeout);

/* Fills in *out, the answer to the kernel's lookup of the node, and adds 1 to the node's number of
 * lookups. Returns 0 or -ENOMEM. */
int rdb_tree_enter(
	struct rdb_mount *mount, const struct rdb_node *node, struct fuse_entry_param *out);
void rdb_tree_forget(struct rdb_mount *mount, fuse_ino_t ino, uint64_t lookups);

/* All callbacks for libfuse. Their userdata is the struct rdb_mount. */
extern const struct fuse_lowlevel_ops rdb_mount_ops; /* ops.c */

#endif
