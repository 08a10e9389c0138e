/* Operations of the directories, files and links of restore/. */
#ifndef RDB_UPLOAD_UPLOAD_TREE_H
#define RDB_UPLOAD_UPLOAD_TREE_H

#include "mount/tree.h"
#include "upload/uploads.h"

extern const struct rdb_node_ops rdb_upload_dir_ops;  /* upload_dir.c */
extern const struct rdb_node_ops rdb_upload_file_ops; /* upload_file.c */
extern const struct rdb_node_ops rdb_upload_link_ops; /* upload_link.c */

/* The following functions are used for all kinds of nodes: directories, files and links. */
void rdb_upload_attr(struct rdb_mount *mount, const struct rdb_node *node, struct rdb_attr *out);
void rdb_upload_setattr(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *node,
	const struct stat *attr, int which);
void rdb_upload_hold(const struct rdb_node *node);
void rdb_upload_release(const struct rdb_node *node);

/* rdb_upload_create() creates and opens a file in a directory of restore/. rdb_upload_rename()
 * renames a node, and rdb_upload_symlink() creates a symbolic link. Each function answers req. */
void rdb_upload_create(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *dir,
	const char *name, mode_t mode, struct fuse_file_info *fi); /* upload_file.c */
void rdb_upload_rename(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *dir,
	const char *name, const struct rdb_node *to_dir, const char *to_name,
	unsigned flags); /* upload_rename.c */
void rdb_upload_symlink(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *dir,
	const char *name, const char *target); /* upload_link.c */

/* Must be called when a node was removed from the tree, or replaced by another node. Cancels the
 * node's upload, and drops the node's reference to its table. The parameter "name" is the former
 * name of the node. This name shows which of the table's two files was removed, the documents or
 * the .info file. The table must not use this file any more (rdb_upload_table_forget()). */
void rdb_upload_forget(struct rdb_uploads *all, struct rdb_upload_node *entry, const char *name);

#endif
