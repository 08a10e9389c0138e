/*
 * Internals of the mount, shared by the files of this folder: struct rdb_mount, its fixed nodes,
 * and replies with nodes.
 */
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
#include "tree/backup.h"

#include <stdatomic.h>

#define RDB_WORKERS 8  /* threads that open, close, and answer waiting requests */
#define RDB_READERS 32 /* threads that read */
/* As RDB_WORKERS, for a store whose threads wait for a network: enough that slow readers leave some
 * to others. They are started when needed. */
#define RDB_WORKERS_REMOTE 64
#define RDB_READERS_REMOTE 512

#define RDB_CHILDREN_MAX 4

struct rdb_indexer;
struct rdb_jobs;
struct rdb_uploads;

/* A directory or file that always exists. */
struct rdb_fixed {
	const char *name;
	struct rdb_node node;
	fuse_ino_t parent;
};

struct rdb_mount {
	struct rdb_mount_config config;
	char *mountpoint; /* absolute */
	struct fuse_session *session;
	struct rdb_fixed children[RDB_CHILDREN_MAX]; /* the added trees; unchanged once made */
	size_t child_count;
	struct rdb_inodes *inodes;
	struct rdb_backups *backups;
	struct rdb_handles handles;
	struct rdb_indexer *indexer;
	struct rdb_jobs *jobs;
	struct rdb_uploads *pushes; /* restore/ */
	struct rdb_pool *workers;
	struct rdb_pool *readers;
	struct rdb_timer *timer;
	struct rdb_notifier notifier;
	struct rdb_stop stop;
	time_t started;
	_Atomic time_t changed;  /* when the listing last changed */
	atomic_bool unreadable;  /* the store can't be read, and that was logged */
	_Atomic size_t log_size; /* size of .rdbfs/log as last shown */
	atomic_bool learning;    /* a task is reading the types of backups */
	atomic_bool stopping;    /* fail all requests that are still waiting */
};

/* ---- the fixed nodes ---- */

extern const struct rdb_node_ops rdb_root_ops;       /* root.c */
extern const struct rdb_node_ops rdb_latest_ops;     /* root.c */
extern const struct rdb_node_ops rdb_archives_ops;   /* original.c */
extern const struct rdb_node_ops rdb_backup_now_ops; /* backup_now.c */
extern const struct rdb_node_ops rdb_control_ops;    /* control.c */
extern const struct rdb_node_ops rdb_status_ops;     /* control.c */
extern const struct rdb_node_ops rdb_json_ops;       /* control.c */
extern const struct rdb_node_ops rdb_log_ops;        /* control.c */
extern const struct rdb_node_ops rdb_cluster_ops;    /* cluster_files.c */

/* Returns the fixed node number `place` of a directory; NULL: no more. */
const struct rdb_fixed *rdb_tree_fixed(
	const struct rdb_mount *mount, fuse_ino_t parent, size_t place);
const struct rdb_fixed *rdb_tree_fixed_find(
	const struct rdb_mount *mount, fuse_ino_t parent, const char *name);

/* Adds the trees of the configuration to the fixed nodes. */
void rdb_tree_add_children(struct rdb_mount *mount);

/* Calls the stop functions of the added trees. May be called again. */
void rdb_tree_stop_children(struct rdb_mount *mount);

/* Answers a lookup of latest with this node of it, in the root or in another directory of backups.
 */
void rdb_latest_lookup(
	struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *node); /* root.c */

/* Names in the root that no backup may have, present or not. */
bool rdb_tree_reserved(const char *name);

/* Copies the node of a number. Returns false if there is none. */
bool rdb_tree_node(struct rdb_mount *mount, fuse_ino_t ino, struct rdb_node *out);
fuse_ino_t rdb_tree_parent(struct rdb_mount *mount, const struct rdb_node *node);

/* Returns the store's listing, with a reference. Only the first of several failures is logged. */
int rdb_tree_listing(struct rdb_mount *mount, const struct rdb_listing **out);

/* ---- attributes and answers ---- */

void rdb_attr_of(struct rdb_mount *mount, const struct rdb_node *node, struct rdb_attr *out);

/* Answers a lookup with a node, and enters it among the nodes that the kernel knows. */
void rdb_reply_node(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *node);

/* Answers a lookup with ENOENT, which the kernel may cache for that many seconds. */
void rdb_reply_absent(fuse_req_t req, double timeout);

/* Sets up the entry for a node, and enters the node. Returns 0 or -ENOMEM. */
int rdb_tree_enter(
	struct rdb_mount *mount, const struct rdb_node *node, struct fuse_entry_param *out);
void rdb_tree_forget(struct rdb_mount *mount, fuse_ino_t ino, uint64_t lookups);

/* All the low-level operations; their userdata is the struct rdb_mount. */
extern const struct fuse_lowlevel_ops rdb_mount_ops; /* ops.c */

#endif
