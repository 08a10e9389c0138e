/* restore/ as nodes: what directories, files and links of receipts can do. */
#ifndef RDB_MOUNT_PUSH_TREE_H
#define RDB_MOUNT_PUSH_TREE_H

#include "mount/push.h"
#include "mount/tree.h"

extern const struct rdb_node_ops rdb_push_dir_ops;  /* push_dir.c; also of restore/ itself */
extern const struct rdb_node_ops rdb_push_file_ops; /* push_file.c */
extern const struct rdb_node_ops rdb_push_link_ops; /* push_link.c */

struct rdb_node rdb_push_node(struct rdb_receipt *receipt);

/* The receipt of a node; that of restore/ itself is in no node. */
struct rdb_receipt *rdb_push_receipt(struct rdb_mount *mount, const struct rdb_node *node);

/* Part of all three. */
void rdb_push_attr(struct rdb_mount *mount, const struct rdb_node *node, struct rdb_attr *out);
void rdb_push_setattr(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *node,
	const struct stat *attr, int which);
void rdb_push_hold(const struct rdb_node *node);
void rdb_push_release(const struct rdb_node *node);

/* Operations of directories that are answered elsewhere. */
void rdb_push_create(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *dir,
	const char *name, mode_t mode, struct fuse_file_info *fi); /* push_file.c */
void rdb_push_rename(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *dir,
	const char *name, const struct rdb_node *to_dir, const char *to_name,
	unsigned flags); /* push_rename.c */
void rdb_push_symlink(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *dir,
	const char *name, const char *target); /* push_link.c */

/* A receipt is removed, or replaced: what is under way for it is given up. */
void rdb_push_forget(struct rdb_pushes *all, struct rdb_receipt *receipt, const char *name);

#endif
