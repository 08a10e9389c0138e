/* Operations of the directories, files and links of restore/. */
#ifndef RDB_UPLOAD_UPLOAD_TREE_H
#define RDB_UPLOAD_UPLOAD_TREE_H

#include "mount/tree.h"
#include "upload/uploads.h"

extern const struct rdb_node_ops rdb_upload_dir_ops;  /* upload_dir.c */
extern const struct rdb_node_ops rdb_upload_file_ops; /* upload_file.c */
extern const struct rdb_node_ops rdb_upload_link_ops; /* upload_link.c */

/* Returns the struct rdb_node of "entry". Takes no reference to "entry". */
struct rdb_node rdb_upload_tree_node(struct rdb_upload_node *entry);

/* Answers a request that looks up or creates the node "entry". */
void rdb_upload_reply(fuse_req_t req, struct rdb_upload_node *entry);

/* Operations that directories, files and links have in common. */
void rdb_upload_attr(struct rdb_mount *mount, const struct rdb_node *node, struct rdb_attr *out);
void rdb_upload_setattr(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *node,
	const struct stat *attr, int which);
void rdb_upload_hold(const struct rdb_node *node);
void rdb_upload_release(const struct rdb_node *node);

/* Functions that answer the kernel's requests "create", "rename" and "symlink" for the entry "name"
 * of the directory "dir" in restore/. */
void rdb_upload_create(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *dir,
	const char *name, mode_t mode, struct fuse_file_info *fi); /* upload_file.c */
void rdb_upload_rename(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *dir,
	const char *name, const struct rdb_node *to_dir, const char *to_name,
	unsigned flags); /* upload_rename.c */
void rdb_upload_symlink(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *dir,
	const char *name, const char *target); /* upload_link.c */

/* Cancels the upload of a file after the file was removed from restore/, or before the file gets a
 * name that rdbfs ignores. Drops the file's reference to its table. If the file's old name "name"
 * is not temporary, first calls rdb_upload_table_forget(). */
void rdb_upload_forget(struct rdb_upload_node *entry, const char *name);

#endif
