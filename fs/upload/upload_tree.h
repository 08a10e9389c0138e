/* restore/ as nodes: what directories, files and links of receipts can do. */
#ifndef RDB_UPLOAD_UPLOAD_TREE_H
#define RDB_UPLOAD_UPLOAD_TREE_H

#include "mount/tree.h"
#include "upload/uploads.h"

extern const struct rdb_node_ops rdb_upload_dir_ops;  /* push_dir.c; also of restore/ itself */
extern const struct rdb_node_ops rdb_upload_file_ops; /* push_file.c */
extern const struct rdb_node_ops rdb_upload_link_ops; /* push_link.c */

struct rdb_node rdb_upload_node(struct rdb_upload_node *receipt);

/* The receipt of a node; that of restore/ itself is in no node. */
struct rdb_upload_node *rdb_upload_receipt(struct rdb_mount *mount, const struct rdb_node *node);

/* Part of all three. */
void rdb_upload_attr(struct rdb_mount *mount, const struct rdb_node *node, struct rdb_attr *out);
void rdb_upload_setattr(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *node,
	const struct stat *attr, int which);
void rdb_upload_hold(const struct rdb_node *node);
void rdb_upload_release(const struct rdb_node *node);

/* Operations of directories that are answered elsewhere. */
void rdb_upload_create(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *dir,
	const char *name, mode_t mode, struct fuse_file_info *fi); /* push_file.c */
void rdb_upload_rename(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *dir,
	const char *name, const struct rdb_node *to_dir, const char *to_name,
	unsigned flags); /* push_rename.c */
void rdb_upload_symlink(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *dir,
	const char *name, const char *target); /* push_link.c */

/* A receipt is removed, or replaced: what is under way for it is given up. */
void rdb_upload_forget(struct rdb_uploads *all, struct rdb_upload_node *receipt, const char *name);

#endif
