/*
 * Nodes of the tree. A node's inode number never changes its meaning, and is known before the node
 * exists, so a directory can be listed with the right numbers. See the enumerators and masks below.
 *
 * Other numbers belong to one version of one backup. Their upper half is the id of the version.
 * Their lower half is the position in the backup: its directory, its archive, a database or a
 * member.
 */
#ifndef RDB_MOUNT_NODE_H
#define RDB_MOUNT_NODE_H

#include "archive/archive.h"
#include "base/buf.h"

#include <fuse_lowlevel.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

struct rdb_backup;
struct rdb_mount;
struct rdb_node;
struct rdb_upload_node;

enum {
	RDB_INO_ROOT = FUSE_ROOT_ID,
	RDB_INO_FIXED = 2,     /* first number for fixed nodes (struct rdb_fixed) */
	RDB_INO_CHILDREN = 64, /* directories of added trees, in the order of their addition */
	RDB_INO_FIRST = 256,   /* first number that belongs to a backup */
};

/* Bit that is set in the inode numbers of all nodes below documents/ and history/. All other inode
 * numbers, including those of documents/ and history/, do not have this bit. */
#define RDB_INO_CHILD_BIT ((fuse_ino_t)1 << 63)
/* Bit that is set in the inode numbers of all nodes below restore/. RDB_INO_CHILD_BIT is not set in
 * these numbers. */
#define RDB_INO_UPLOAD_BIT ((fuse_ino_t)1 << 62)
/* The only bits in which the inode numbers of a family differ. A family is a group of nodes, such
 * as all document files of one table (see rdb_node_ops.family). */
#define RDB_INO_PLACE ((fuse_ino_t)0x7fffffff)

#define RDB_FOREVER 3600.0 /* seconds to cache content that never changes */
#define RDB_WHILE 60.0     /* seconds to cache content if the kernel is notified of changes */

struct rdb_attr {
	struct stat st;
	double attr_timeout;  /* seconds for which the kernel may cache "st" */
	double entry_timeout; /* seconds for which the kernel may cache the name */
};

/* An extended attribute of a backup or of a table. get() appends the attribute's value to *out and
 * returns true, or returns false if the attribute has no value at present. */
struct rdb_xattr {
	const char *name;
	bool (*get)(const struct rdb_node *node, struct rdb_buf *out);
	bool reads; /* get() may read the archive, so a task of the pool calls get() */
};

/*
 * Operations of a node. An operation with a parameter req answers that request, at once or later.
 * If the operation for a request is NULL, the request fails with:
 *   EROFS    for a change
 *   ENOTDIR  for a lookup
 *   EINVAL   for a readlink
 */
struct rdb_node_ops {
	mode_t type; /* file type: S_IFDIR, S_IFREG or S_IFLNK */

	/* Sets the attributes that differ from node to node. The caller has set the others. Must
	 * not wait. */
	void (*attr)(struct rdb_mount *mount, const struct rdb_node *node, struct rdb_attr *out);
	void (*readlink)(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *node);
	/* Answers the getattr request "req". Nodes that may have to wait for their attributes have
	 * this function instead of attr(). For all other nodes, the pointer is NULL. */
	void (*getattr)(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *node);
	void (*lookup)(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *dir,
		const char *name);
	void (*mkdir)(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *dir,
		const char *name, mode_t mode);
	void (*rmdir)(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *dir,
		const char *name);
	void (*unlink)(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *dir,
		const char *name);
	void (*symlink)(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *dir,
		const char *name, const char *target);
	void (*rename)(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *dir,
		const char *name, const struct rdb_node *to_dir, const char *to_name,
		unsigned flags);
	void (*create)(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *dir,
		const char *name, mode_t mode, struct fuse_file_info *fi);
	void (*setattr)(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *node,
		const struct stat *attr, int which);
	/* Answers an open request for a file, or an opendir request for a directory. */
	void (*open)(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *node,
		struct fuse_file_info *fi);
	const struct rdb_xattr *xattrs; /* ended by an attribute without a name; may be NULL */
	bool writable;                  /* the node may be opened for writing, or changed */
	/* the node belongs to a family: nodes that share one entry in the table of nodes, and whose
	 * inode numbers differ only in the bits RDB_INO_PLACE */
	bool family;
	/* Returns the inode number of the parent directory. The function pointer is NULL if the
	 * parent is always the root. */
	fuse_ino_t (*parent)(struct rdb_mount *mount, const struct rdb_node *node);

	/* Stores the file system's size and free space, in bytes. NULL for all nodes but the root
	 * directory. May wait for a disk. Returns 0 or a negative errno. */
	int (*space)(struct rdb_mount *mount, uint64_t *total, uint64_t *free_bytes);

	/* hold() adds references to the objects that the node points to. release() drops these
	 * references. If a node needs no references, the function pointers hold and release are
	 * NULL. */
	void (*hold)(const struct rdb_node *node);
	void (*release)(const struct rdb_node *node);
};

struct rdb_node {
	fuse_ino_t ino;
	const struct rdb_node_ops *ops;
	struct rdb_backup *backup; /* NULL for nodes without a backup */
	union {
		struct rdb_database db;
		struct rdb_member member;
		struct rdb_upload_node *entry; /* used by the nodes of restore/ */
		void *own;                     /* object of a node of an added tree */
	};
};

/* Adds a reference to each object that the node points to. The caller later calls
 * rdb_node_release(), which removes these references. */
static inline void rdb_node_hold(const struct rdb_node *node)
{
	if (node->ops->hold)
		node->ops->hold(node);
}

static inline void rdb_node_release(const struct rdb_node *node)
{
	if (node->ops->release)
		node->ops->release(node);
}

#endif
