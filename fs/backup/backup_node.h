/*
 * Nodes of a backup. Their inode numbers have the id of the backup's version in the upper half, and
 * the position in the backup in the lower half: the backup's directory, its archive, a database or
 * a member.
 */
#ifndef RDB_BACKUP_BACKUP_NODE_H
#define RDB_BACKUP_BACKUP_NODE_H

#include "backup/backup.h"
#include "mount/dir.h"

/* The following functions return a node by value and add no reference. */
struct rdb_node rdb_node_backup(struct rdb_backup *backup);
struct rdb_node rdb_node_archive(struct rdb_backup *backup);
struct rdb_node rdb_node_database(struct rdb_backup *backup, const struct rdb_database *db);
struct rdb_node rdb_node_member(struct rdb_backup *backup, const struct rdb_member *member);

/* Each function below returns the inode number of one node of the backup with the id "id". The node
 * is the backup's directory, the archive, a database or a member. */
fuse_ino_t rdb_ino_backup(uint64_t id);
fuse_ino_t rdb_ino_archive(uint64_t id);
fuse_ino_t rdb_ino_database(uint64_t id, const struct rdb_database *db);
fuse_ino_t rdb_ino_member(uint64_t id, const struct rdb_member *member);

#define RDB_CLUSTER_FILES 8 /* largest number of files in .rdbfs/cluster/BACKUP/ */

/* rdb_ino_cluster() returns the inode number of the directory .rdbfs/cluster/BACKUP/ of the backup
 * "id". rdb_ino_cluster_file() returns the inode number of a file in this directory. "file" is the
 * file's index in the directory. */
fuse_ino_t rdb_ino_cluster(uint64_t id);
fuse_ino_t rdb_ino_cluster_file(uint64_t id, size_t file);

/* Sets the modification time in *out to the backup's time. While this time may change, also sets
 * the timeout of the attributes to 0, so that the kernel does not cache the attributes. */
void rdb_backup_attr(struct rdb_mount *mount, const struct rdb_node *node, struct rdb_attr *out);

/* Sets the same attributes as rdb_backup_attr(), for a node that is a backup's directory. Also
 * allows the kernel to cache the directory's name. */
void rdb_backup_dir_attr(
	struct rdb_mount *mount, const struct rdb_node *node, struct rdb_attr *out);

/* hold() and release() of nodes that can be used while the backup's archive is closed. Each node
 * has a reference to the backup, but the reference does not keep the archive open. */
void rdb_backup_node_hold(const struct rdb_node *node);
void rdb_backup_node_release(const struct rdb_node *node);

/* hold() and release() of nodes inside an archive. The archive stays open as long as the kernel
 * knows one of these nodes. */
void rdb_backup_inner_hold(const struct rdb_node *node);
void rdb_backup_inner_release(const struct rdb_node *node);

/* Answers an opendir request. When a program reads the open directory (readdir), fill() adds the
 * entries to the reply. The backup is in use until the directory is closed. */
void rdb_backup_dir_open(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *node,
	void (*fill)(struct rdb_dirview *dir, size_t from, struct rdb_dirbuf *buf),
	struct fuse_file_info *fi);

/* ---- backup_xattr.c: the extended attributes user.rdbfs.* ---- */

extern const struct rdb_xattr rdb_backup_xattrs[];
extern const struct rdb_xattr rdb_table_xattrs[]; /* for the files of a table */

/* Appends a table's number of documents to *out. "number" is the table's number in struct
 * rdb_member. Returns false if the number of documents is unknown or memory is exhausted, else
 * true. */
bool rdb_xattr_documents(struct rdb_backup *backup, uint32_t number, struct rdb_buf *out);
/* Appends the name of a table's primary key to *out. Returns false if the name is unknown or memory
 * is exhausted, else true. */
bool rdb_xattr_primary_key(struct rdb_backup *backup, uint32_t number, struct rdb_buf *out);

/* ---- operations ---- */

extern const struct rdb_node_ops rdb_backup_ops;   /* content.c */
extern const struct rdb_node_ops rdb_database_ops; /* content.c */
extern const struct rdb_node_ops rdb_member_ops;   /* content.c */
extern const struct rdb_node_ops rdb_archive_ops;  /* original.c */

#endif
