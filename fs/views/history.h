/*
 * Declarations shared by the directories of history/: names of databases and tables, the walk over
 * all backups, and lists of directory entries. The functions that wait, rdb_history_walk() and
 * rdb_history_visit(), run on a thread of the pool for history/.
 */
#ifndef RDB_VIEWS_HISTORY_H
#define RDB_VIEWS_HISTORY_H

#include "views/view_request.h"
#include "views/view_tree.h"

/* ---- names ---- */

/* Name of a database, of a table, or of a file with a table's documents. Exists until the views are
 * destroyed. */
struct rdb_history_name {
	struct rdb_history_name *next; /* next in views->names; guarded by the views' lock */
	uint32_t number;               /* for rdb_view_ino() */
	const char *table;             /* "posts", or "posts.json"; NULL for a database */
	char db[];
};

/* Returns the struct for a name in history/, and creates the struct if it is missing. If "table" is
 * NULL, the name is the database "db". Otherwise, the name is a table ("posts") or file
 * ("posts.json") in this database. Returns NULL if memory is exhausted. */
struct rdb_history_name *rdb_history_name(
	struct rdb_views *views, const char *db, const char *table);

static inline struct rdb_history_name *rdb_history_name_of(const struct rdb_node *node)
{
	return node->own;
}

/* ---- all backups ---- */

/* Backup that is passed to the callback visit(). The pointers are valid only during the call. */
struct rdb_history_backup {
	struct rdb_backup *backup;
	struct rdb_archive *archive; /* with all tables known; NULL if it cannot be opened */
	int error;                   /* negative errno if archive is NULL, else 0 */
};

enum rdb_history_order { RDB_HISTORY_NEWEST_FIRST, RDB_HISTORY_OLDEST_FIRST };

/*
 * Calls rdb_history_visit() for the backups of the listing, one after the other. Stops when a call
 * returns a value other than 0.
 *
 * Returns:
 *   0           all calls returned 0
 *   -ECANCELED  the walk was cancelled, or the mount is ending
 *   -ENOMEM     memory is exhausted
 *   other       the value of the call that ended the walk
 */
int rdb_history_walk(struct rdb_mount *mount, const struct rdb_listing *listing,
	enum rdb_history_order order, const struct rdb_cancel *cancel,
	int (*visit)(void *arg, const struct rdb_history_backup *backup), void *arg);

/* Calls rdb_history_walk() with the store's current listing, and passes "request" to visit() as
 * "arg". Returns the result of rdb_history_walk(), or an error of rdb_listed_current() if the
 * listing cannot be read. */
int rdb_history_walk_for(struct rdb_view_request *request, enum rdb_history_order order,
	int (*visit)(void *arg, const struct rdb_history_backup *backup));

/*
 * Waits until all tables of the backup are known, or until opening the backup has failed. In both
 * cases, calls visit().
 *
 * Returns:
 *   0           visit() returned 0, or the backup was removed or replaced
 *   -ECANCELED  the wait was cancelled, or the mount is ending
 *   -ENOMEM     memory is exhausted
 *   other       visit() returned this value
 */
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

/* Adds an entry with its inode number and file type to a listing. Copies the name. Returns 0 or
 * -ENOMEM. */
int rdb_history_add(
	struct rdb_history_entries *entries, const char *name, fuse_ino_t ino, mode_t type);

/* Sorts the entries by name. Keeps only one of several entries with the same name. */
void rdb_history_sort(struct rdb_history_entries *entries);
void rdb_history_entries_free(struct rdb_history_entries *entries);

/* Answers an opendir request for a directory in history/. The opened directory shows "entries".
 * Takes ownership of "entries". */
void rdb_history_open(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *node,
	struct rdb_history_entries *entries, struct fuse_file_info *fi);

/* A request to open a directory in history/. Use the two functions below as the request's
 * operations answer() and release(). */
struct rdb_history_opening {
	struct rdb_view_opening base; /* the first member */
	struct rdb_history_entries entries;
};

void rdb_history_opening_answer(struct rdb_view_request *request, fuse_req_t req, int ret);
void rdb_history_opening_release(struct rdb_view_request *request);

/* ---- nodes ---- */

extern const struct rdb_node_ops rdb_history_database_ops; /* history_dir.c */
extern const struct rdb_node_ops rdb_history_table_ops;    /* history_table.c */

/* Returns the node of history/DATABASE/TABLE/KEY/, which has a file for each version. */
struct rdb_node rdb_node_history_key(struct rdb_versions *versions);

/* Stores in *out the modification time of a directory in history/: the time when the store's
 * listing last changed. Also stores in *out how long the kernel may cache the directory's name and
 * attributes. */
void rdb_history_attr(struct rdb_mount *mount, const struct rdb_node *node, struct rdb_attr *out);

#endif
