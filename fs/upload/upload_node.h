/*
 * The tree of what was copied into restore/: directories, files, symbolic links, each with the
 * attributes that stat reports, so that a second copy can skip unchanged files. No content.
 *
 * Threads: any; no function blocks.
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
	mode_t type;  /* S_IFDIR, S_IFREG, S_IFLNK */
	char *target; /* target of a symbolic link */

	atomic_uint refs;

	/* Guarded by the tree's lock. */
	char *name;
	struct rdb_upload_node *parent; /* with a reference; NULL: the root, or removed */
	struct rdb_upload_node_list children;
	uint64_t place;      /* among its siblings; increasing */
	uint64_t next_place; /* position of the next child */
	mode_t mode;
	uid_t uid;
	gid_t gid;
	uint64_t size;
	struct timespec mtime;
	struct rdb_upload *push;        /* guarded by the lock of all uploads */
	struct rdb_upload_table *table; /* table of the file, with a reference */
	TAILQ_ENTRY(rdb_upload_node) link;
};

struct rdb_upload_nodes {
	pthread_mutex_t lock;
	struct rdb_upload_node *root;
	_Atomic uint64_t next_ino;
	uid_t uid;
	gid_t gid;
	/* Called when a node is freed, without the lock. */
	void (*freed)(struct rdb_upload_node *receipt);
};

/* Initialises the nodes. uid, gid: owner of all nodes. Returns 0 or -ENOMEM. */
int rdb_upload_nodes_init(struct rdb_upload_nodes *all, uid_t uid, gid_t gid,
	void (*freed)(struct rdb_upload_node *receipt));

/* Requires that no references but the tree's exist. */
void rdb_upload_nodes_destroy(struct rdb_upload_nodes *all);

struct rdb_upload_node *rdb_upload_node_ref(struct rdb_upload_node *receipt);
void rdb_upload_node_unref(struct rdb_upload_node *receipt);

/* Returns the child with a reference; NULL: not found. */
struct rdb_upload_node *rdb_upload_node_find(struct rdb_upload_node *dir, const char *name);

/*
 * Adds a child; target: of a symbolic link. Returns it with a reference in *out.
 *   -EEXIST
 *   -ENOENT  the directory was removed
 *   -ENOMEM
 */
int rdb_upload_node_add(struct rdb_upload_node *dir, const char *name, mode_t mode,
	const char *target, struct rdb_upload_node **out);

/* Removes the node from its directory. -ENOENT: already removed; -ENOTEMPTY: a directory that is
 * not empty. */
int rdb_upload_node_remove(struct rdb_upload_node *receipt);

/*
 * Moves the node to another directory and name. A node that has that name is removed and
 * returned in *replaced with a reference, else NULL.
 *   -ENOENT -ENOMEM
 *   -EEXIST  only if replace is false
 */
int rdb_upload_node_move(struct rdb_upload_node *receipt, struct rdb_upload_node *dir,
	const char *name, bool replace, struct rdb_upload_node **replaced);

bool rdb_upload_node_is_empty(struct rdb_upload_node *dir);

/* Calls emit for each child from a position on, until emit returns false. emit owns a reference to
 * the child that it receives. Returns 0 or -ENOMEM. */
int rdb_upload_node_each(struct rdb_upload_node *dir, uint64_t from,
	bool (*emit)(void *arg, struct rdb_upload_node *child, const char *name, uint64_t place),
	void *arg);

/* Appends the path: "blog/posts.json". Returns 0 or -ENOMEM. */
int rdb_upload_node_path(struct rdb_upload_node *receipt, struct rdb_buf *out);

/* Returns a copy of a directory's name, "" for the root; NULL: no memory. */
char *rdb_upload_node_name(struct rdb_upload_node *receipt);

/* Returns the parent with a reference; NULL: the root, or removed. */
struct rdb_upload_node *rdb_upload_node_parent(struct rdb_upload_node *receipt);

uint64_t rdb_upload_node_parent_ino(struct rdb_upload_node *receipt); /* 0: the root */

void rdb_upload_node_stat(struct rdb_upload_node *receipt, struct stat *out);
void rdb_upload_node_chmod(struct rdb_upload_node *receipt, mode_t mode);
void rdb_upload_node_chown(
	struct rdb_upload_node *receipt, uid_t uid, gid_t gid); /* -1: unchanged */
void rdb_upload_node_touch(struct rdb_upload_node *receipt, struct timespec mtime);
void rdb_upload_node_resize(struct rdb_upload_node *receipt, uint64_t size); /* and sets mtime */

#endif
