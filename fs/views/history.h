/*
 * Declarations shared by the directories of history/: their names and inode numbers, the walk over
 * all backups, and listings that are made once. Functions that wait say so; they run on a thread of
 * the pool.
 */
#ifndef RDB_VIEWS_HISTORY_H
#define RDB_VIEWS_HISTORY_H

#include "views/view_request.h"
#include "views/view_tree.h"

/* ---- names ---- */

/* A database or a table in history/. Kept as long as the views. */
struct rdb_history_name {
	struct rdb_history_name *next; /* the list is guarded by the views' lock */
	uint32_t number;               /* for rdb_view_ino() */
	const char *table;             /* NULL: this is the name of a database */
	char db[];
};

/* Returns the name, created if needed. table may be NULL. NULL: out of memory. */
struct rdb_history_name *rdb_history_name(
	struct rdb_views *views, const char *db, const char *table);

static inline struct rdb_history_name *rdb_history_name_of(const struct rdb_node *node)
{
	return node->own;
}

/* ---- all backups ---- */

/* A backup during a visit: opened, and in use. */
struct rdb_history_backup {
	struct rdb_backup *backup;
	struct rdb_archive *archive; /* its tables are known; NULL: not opened */
	time_t taken;
	int error; /* errno of opening; 0: none */
};

/*
 * Visits the backups, newest first; waits until each is scanned. visit returns 0 to continue; any
 * other value ends the walk and is returned. Else 0, -ECANCELED, -ENOMEM, or an error of
 * rdb_tree_listing(). A backup that was replaced or removed in the meantime is skipped.
 */
int rdb_history_walk(struct rdb_mount *mount, const struct rdb_listing *listing,
	const struct rdb_cancel *cancel,
	int (*visit)(void *arg, const struct rdb_history_backup *backup), void *arg);

/* Visits one backup of a listing, as rdb_history_walk() does. taken is the time from the backup's
 * name, or from the file. */
int rdb_history_visit(struct rdb_mount *mount, const struct rdb_entry *entry,
	const struct rdb_cancel *cancel,
	int (*visit)(void *arg, const struct rdb_history_backup *backup), void *arg);

/* ---- listings ---- */

struct rdb_history_entry {
	char *name;
	fuse_ino_t ino;
	mode_t type;
};

struct rdb_history_entries {
	struct rdb_history_entry *items;
	size_t count, room;
};

/* Adds an entry. Returns 0 or -ENOMEM. */
int rdb_history_add(
	struct rdb_history_entries *entries, const char *name, fuse_ino_t ino, mode_t type);

/* Sorts by name and removes duplicates. */
void rdb_history_sort(struct rdb_history_entries *entries);
void rdb_history_reverse(struct rdb_history_entries *entries);
void rdb_history_entries_free(struct rdb_history_entries *entries);

/* Answers an opendir with the entries. Takes ownership of them. */
void rdb_history_open(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *node,
	struct rdb_history_entries *entries, struct fuse_file_info *fi);

/* ---- nodes ---- */

extern const struct rdb_node_ops rdb_history_database_ops; /* history_dir.c */
extern const struct rdb_node_ops rdb_history_table_ops;    /* history_table.c */

struct rdb_node rdb_node_history(const struct rdb_node_ops *ops, struct rdb_history_name *name);

/* Sets the attributes of a directory that follows the store's listing. */
void rdb_history_attr(struct rdb_mount *mount, const struct rdb_node *node, struct rdb_attr *out);

#endif
