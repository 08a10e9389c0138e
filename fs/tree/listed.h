/*
 * Directories that show the store's listing: the root has a directory per backup, archives/ a file.
 */
#ifndef RDB_TREE_LISTED_H
#define RDB_TREE_LISTED_H

#include "mount/dir.h"

/* How a backup is shown in a directory of backups. */
struct rdb_listed {
	mode_t type;
	fuse_ino_t (*ino)(uint64_t id);
	struct rdb_node (*node)(struct rdb_backup *backup);
	const char *(*name)(const struct rdb_entry *entry);
	/* Finds the entry of a name. NULL: no backup is shown under it. */
	const struct rdb_entry *(*find)(const struct rdb_listing *listing, const char *name);
};

/* Attributes of the directory itself, which changes with the listing. */
void rdb_listed_attr(struct rdb_mount *mount, const struct rdb_node *node, struct rdb_attr *out);

/* Answers a lookup. */
void rdb_listed_lookup(
	const struct rdb_listed *listed, struct rdb_mount *mount, fuse_req_t req, const char *name);

/* Adds an entry of the listing that is read; now: the present listing. Returns as
 * rdb_dirbuf_node(). */
bool rdb_listed_add(const struct rdb_listed *listed, struct rdb_dirbuf *buf,
	const struct rdb_entry *entry, size_t place, const struct rdb_listing *now);

/* Answers an opendir. */
void rdb_listed_open(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *node,
	void (*fill)(struct rdb_dirview *dir, size_t from, struct rdb_dirbuf *buf),
	struct fuse_file_info *fi);

#endif
