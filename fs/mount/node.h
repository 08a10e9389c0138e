/*
 * A node of the tree, which the kernel knows by an inode number. Numbers are allocated: those below
 * RDB_INO_FIRST belong to the tree itself, those with RDB_INO_CHILD_BIT to trees that were added to
 * the root (struct rdb_mount_child), the others to one version of one backup, whose id is in their
 * upper half and the position within it (the backup's directory, its archive, a database's number,
 * a member's number) in the lower one. So a number never means two things, and a directory can be
 * listed with the right numbers without a node for each of its entries.
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
	RDB_INO_LATEST,
	RDB_INO_ARCHIVES,
	RDB_INO_CONTROL,
	RDB_INO_STATUS,
	RDB_INO_STATUS_JSON,
	RDB_INO_LOG,
	RDB_INO_BACKUP_NOW,
	RDB_INO_RESTORE,
	RDB_INO_CLUSTER,
	RDB_INO_CHILDREN = 64, /* the directories of added trees, in their order */
	RDB_INO_FIRST = 256,   /* numbers from here on belong to backups */
};

#define RDB_INO_CHILD_BIT ((fuse_ino_t)1 << 63)

#define RDB_FOREVER 3600.0 /* seconds for which the kernel may cache content that never changes */
#define RDB_WHILE 60.0     /* seconds for content that changes with a notification to the kernel */

struct rdb_attr {
	struct stat st;
	double attr_timeout;  /* seconds for which the kernel may cache st */
	double entry_timeout; /* and the name */
};

/* An extended attribute of a backup or its table. get appends the value; false: it has no value
 * now. */
struct rdb_xattr {
	const char *name;
	bool (*get)(const struct rdb_node *node, struct rdb_buf *out);
	bool reads; /* get may read the archive: the attribute always exists, and the pool answers
		     */
};

/*
 * Operations of a node. Each function except attr answers the request, at once or later. A missing
 * one is answered with EROFS, or with the kernel's default.
 */
struct rdb_node_ops {
	mode_t type; /* S_IFDIR, S_IFREG or S_IFLNK */

	/* Sets the attributes that differ between nodes: size, times, timeouts. Does not wait. */
	void (*attr)(struct rdb_mount *mount, const struct rdb_node *node, struct rdb_attr *out);
	void (*readlink)(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *node);
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
	/* For files and directories; for a directory this is opendir. */
	void (*open)(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *node,
		struct fuse_file_info *fi);
	const struct rdb_xattr *xattrs; /* the last one has no name; NULL: none */
	bool inner;                     /* needs the backup's archive to be open */
	bool writable;                  /* open may be asked to write */
	/* Returns the number of a directory's parent; NULL: the root. */
	fuse_ino_t (*parent)(struct rdb_mount *mount, const struct rdb_node *node);

	/* Keeps the objects that a node points to, except its backup, while the kernel knows the
	 * node; may be NULL. */
	void (*hold)(const struct rdb_node *node);
	void (*release)(const struct rdb_node *node);
};

struct rdb_node {
	fuse_ino_t ino;
	const struct rdb_node_ops *ops;
	struct rdb_backup *backup; /* NULL for nodes of the tree itself */
	union {
		struct rdb_database db;
		struct rdb_member member;
		struct rdb_upload_node *receipt; /* node of an entry of restore/ */
		void *own; /* for an added tree: its context, or its object for the node */
	};
};

/* Nodes as values; they hold no references. */
struct rdb_node rdb_node_backup(struct rdb_backup *backup);
struct rdb_node rdb_node_archive(struct rdb_backup *backup);
struct rdb_node rdb_node_database(struct rdb_backup *backup, const struct rdb_database *db);
struct rdb_node rdb_node_member(struct rdb_backup *backup, const struct rdb_member *member);

/* Returns only the number, if the backup itself is not available. */
fuse_ino_t rdb_ino_backup(uint64_t id);
fuse_ino_t rdb_ino_archive(uint64_t id);

/* Numbers of the backup's directory in .rdbfs/cluster, and of a file in that directory. */
#define RDB_CLUSTER_FILES 8
fuse_ino_t rdb_ino_cluster(uint64_t id);
fuse_ino_t rdb_ino_cluster_file(uint64_t id, size_t file);

/* Adds the references of a node that the kernel knows: its backup, and the archive if it is inside.
 */
void rdb_node_hold(const struct rdb_node *node);
void rdb_node_release(const struct rdb_node *node);

extern const struct rdb_node_ops rdb_backup_ops;   /* content.c */
extern const struct rdb_node_ops rdb_database_ops; /* content.c */
extern const struct rdb_node_ops rdb_member_ops;   /* content.c */
extern const struct rdb_node_ops rdb_archive_ops;  /* original.c */

#endif
