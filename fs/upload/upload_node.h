/*
 * The tree of the directories, files and symbolic links that were copied into restore/. A node has
 * attributes, so that a second copy can skip unchanged files, but no content.
 *
 * All functions are thread-safe and do not wait.
 */
#ifndef RDB_UPLOAD_UPLOAD_NODE_H
#define RDB_UPLOAD_UPLOAD_NODE_H

#include "base/buf.h"
#include "base/queue.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

struct rdb_upload;
struct rdb_upload_table;
struct rdb_upload_nodes;

TAILQ_HEAD(rdb_upload_node_list, rdb_upload_node);

struct rdb_upload_node {
	/* Constant. */
	struct rdb_upload_nodes *all;
	uint64_t ino;
	mode_t type;  /* S_IFDIR, S_IFREG or S_IFLNK */
	char *target; /* target of a symbolic link */

	atomic_uint refs;

	/* The following fields are guarded by the tree's lock. */
	char *name;
	struct rdb_upload_node *parent; /* with a reference; NULL for the root or a removed node */
	struct rdb_upload_node_list children;
	uint64_t place;      /* position among the siblings, in order of addition */
	uint64_t next_place; /* position of the child that is added next */
	mode_t mode;
	uid_t uid;
	gid_t gid;
	uint64_t size;
	struct timespec mtime;
	/* The lock of struct rdb_uploads guards the next two fields. */
	struct rdb_upload *upload;      /* upload in progress, or NULL */
	struct rdb_upload_table *table; /* with a reference */
	TAILQ_ENTRY(rdb_upload_node) link;
};

struct rdb_upload_nodes {
	pthread_mutex_t lock;
	struct rdb_upload_node *root;
	_Atomic uint64_t next_ino;
	uid_t uid;
	gid_t gid;
	/* Called without the tree's lock when a node is freed. */
	void (*freed)(struct rdb_upload_node *entry);
};

/* Creates a tree with an empty root. uid and gid own all nodes. Returns 0 or -ENOMEM. */
int rdb_upload_nodes_init(struct rdb_upload_nodes *all, uid_t uid, gid_t gid,
	void (*freed)(struct rdb_upload_node *entry));

/* Frees all nodes of the tree. May only be called when no reference to a node exists outside the
 * tree. */
void rdb_upload_nodes_destroy(struct rdb_upload_nodes *all);

/* rdb_upload_node_ref() adds a reference to "entry", and returns "entry". rdb_upload_node_unref()
 * drops a reference, and frees "entry" if the reference was the last. Both functions do nothing if
 * "entry" is NULL. */
struct rdb_upload_node *rdb_upload_node_ref(struct rdb_upload_node *entry);
void rdb_upload_node_unref(struct rdb_upload_node *entry);

/* Returns the child of "dir" with the name "name", or NULL if "dir" has no such child. The caller
 * must release the child with rdb_upload_node_unref(). */
struct rdb_upload_node *rdb_upload_node_find(struct rdb_upload_node *dir, const char *name);

/*
 * Adds a child. "target" is the target of a symbolic link, and NULL for all other nodes. The
 * caller releases *out, the child.
 *
 * Returns:
 *   0        the child is in the directory
 *   -EEXIST  the directory has another child with this name
 *   -ENOENT  the directory was removed
 *   -ENOMEM  memory is exhausted
 */
int rdb_upload_node_add(struct rdb_upload_node *dir, const char *name, mode_t mode,
	const char *target, struct rdb_upload_node **out);

/* Removes the node from its directory. Returns 0, -ENOENT if the node was already removed, or
 * -ENOTEMPTY if the node is a directory with children. */
int rdb_upload_node_remove(struct rdb_upload_node *entry);

/*
 * Moves "entry" into the directory "dir", under the name "name". If "replace" is true, removes
 * another node that has this name. The caller releases *replaced: the removed node, or NULL if no
 * node was removed.
 *
 * Returns:
 *   0        the node was moved
 *   -EEXIST  another node has this name, and "replace" is false
 *   -ENOENT  "entry" or "dir" is no longer in the tree
 *   -ENOMEM  memory is exhausted
 */
int rdb_upload_node_move(struct rdb_upload_node *entry, struct rdb_upload_node *dir,
	const char *name, bool replace, struct rdb_upload_node **replaced);

bool rdb_upload_node_is_empty(struct rdb_upload_node *dir);

/* Calls emit() for each child from the position "from" on, until emit() returns false. The child
 * remains valid until emit() returns. Returns 0 or -ENOMEM. */
int rdb_upload_node_each(struct rdb_upload_node *dir, uint64_t from,
	bool (*emit)(void *arg, struct rdb_upload_node *child, const char *name, uint64_t place),
	void *arg);

/* Appends the path of the node, for example "blog/posts.json". Returns 0 or -ENOMEM. */
int rdb_upload_node_path(struct rdb_upload_node *entry, struct rdb_buf *out);

/* Returns a copy of the node's name, or NULL if memory is exhausted. The name of the root is "". */
char *rdb_upload_node_name(struct rdb_upload_node *entry);

/* Returns the parent with a reference, or NULL for the root or a removed node. */
struct rdb_upload_node *rdb_upload_node_parent(struct rdb_upload_node *entry);

/* Returns the inode number of the parent. Returns 0 for the root, for a child of the root, and for
 * a removed node. */
uint64_t rdb_upload_node_parent_ino(struct rdb_upload_node *entry);

void rdb_upload_node_stat(struct rdb_upload_node *entry, struct stat *out);
void rdb_upload_node_chmod(struct rdb_upload_node *entry, mode_t mode);
void rdb_upload_node_chown(
	struct rdb_upload_node *entry, uid_t uid, gid_t gid); /* -1 means unchanged */
void rdb_upload_node_touch(struct rdb_upload_node *entry, struct timespec mtime);
void rdb_upload_node_resize(struct rdb_upload_node *entry, uint64_t size); /* sets mtime, too */

#endif
