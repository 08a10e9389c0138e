/*
 * Directories that show the store's listing. The root shows each backup as a directory, and
 * archives/ shows each archive as a file.
 */
#ifndef RDB_TREE_LISTED_H
#define RDB_TREE_LISTED_H

#include "mount/dir.h"
#include "tree/backup_tree.h"

/* Describes a directory that shows backups. */
struct rdb_listed {
	mode_t type;   /* of the directory's entries */
	bool by_files; /* shows names of files, otherwise names of backups */
	fuse_ino_t (*ino)(uint64_t id);
	struct rdb_node (*node)(struct rdb_backup *backup);
	/* Returns true if the directory shows "entry", an entry of the store's listing. */
	bool (*shows)(const struct rdb_entry *entry);
};

/* Stores the store's current listing in *out. The caller must release the listing with
 * rdb_listing_unref(). If the call fails, logs the error, unless the previous call has failed too.
 * Returns 0, or an error of rdb_store_list(). */
int rdb_listed_current(struct rdb_mount *mount, const struct rdb_listing **out);

/* Sets the directory's modification time to the time when the store's listing last changed. */
void rdb_listed_attr(struct rdb_mount *mount, const struct rdb_node *node, struct rdb_attr *out);

/* Answers a lookup of "name" in the directory that "listed" describes. */
void rdb_listed_lookup(
	const struct rdb_listed *listed, struct rdb_mount *mount, fuse_req_t req, const char *name);

/* Adds backups to a reply of readdir until the reply is full. "first" is the directory position of
 * the listing's first entry. "from" is the directory position at which the reply begins. */
void rdb_listed_fill(const struct rdb_listed *listed, struct rdb_dirview *dir, size_t from,
	size_t first, struct rdb_dirbuf *buf);

/* Returns whether a name is reserved for an entry such as restore/. A backup with such a name is
 * not shown. */
bool rdb_listed_reserved(const char *name);

/* Returns false if the backup's name is reserved for an entry of rdbfs such as restore/. Used as
 * "shows" in struct rdb_listed. */
bool rdb_listed_unreserved(const struct rdb_entry *entry);

/* Returns whether the listing of an open directory contains a backup to which the entry "latest"
 * can point. */
bool rdb_listed_has_latest(const struct rdb_dirview *dir);

/* Answers an opendir request. For each later readdir request, fill() is called to add the
 * directory's entries to the reply. */
void rdb_listed_open(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *node,
	void (*fill)(struct rdb_dirview *dir, size_t from, struct rdb_dirbuf *buf),
	struct fuse_file_info *fi);

#endif
