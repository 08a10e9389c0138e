/*
 * Internals of documents/ and history/, shared by the files of this folder: the views (struct
 * rdb_views), their nodes and inode numbers.
 *
 * All numbers have RDB_INO_CHILD_BIT. A directory of documents/ has that bit and the number of its
 * counterpart in a backup. Documents, and everything in history/, have in the upper half the number
 * of an object (a table, a directory of history/, a key); in the lower half a bit of their own and
 * a place within the object: the ordinal of a document, the id of a backup.
 *
 * Locks: the views' lock is held briefly. Only the locks of requests (views/view_request.h) and of
 * a pool are taken while holding it.
 */
#ifndef RDB_VIEWS_VIEW_TREE_H
#define RDB_VIEWS_VIEW_TREE_H

#include "base/queue.h"
#include "mount/dir.h"
#include "mount/tree.h"
#include "views/views.h"

struct rdb_view_document;
struct rdb_view_request;
struct rdb_view_table;
struct rdb_versions;
struct rdb_history_name;

#define RDB_DOCUMENTS_NAME "documents"
#define RDB_HISTORY_NAME "history"
#define RDB_VERSIONS_KEPT 8
#define RDB_RECENT_TABLES 4
#define RDB_VIEW_KEPT 64

enum rdb_view_pool { RDB_VIEW_DOCUMENTS, RDB_VIEW_HISTORY, RDB_VIEW_POOLS };

/* Documents found last: a ring; the next place is at next. */
struct rdb_view_kept {
	struct rdb_view_document *documents[RDB_VIEW_KEPT]; /* NULL: none */
	size_t next, count;
	size_t bytes; /* of all texts */
};

struct rdb_views {
	struct rdb_mount_child children[RDB_VIEW_POOLS + 1];

	pthread_mutex_t lock;                   /* guards the rest */
	bool stopped;                           /* requests fail with ENOTCONN */
	struct rdb_pool *pools[RDB_VIEW_POOLS]; /* NULL once stopped */
	LIST_HEAD(, rdb_view_request) running;
	LIST_HEAD(, rdb_view_table) tables; /* tables in use by nodes or requests */
	struct rdb_view_kept kept;
	/* Tables with a window of recent documents, the last used first; NULL: none. */
	struct rdb_view_table *recent[RDB_RECENT_TABLES];
	uint32_t numbers;               /* last number given to an object */
	struct rdb_history_name *names; /* directories of history/ with their numbers */
	/* Histories of the documents requested last, newest first; NULL: none. */
	struct rdb_versions *versions[RDB_VERSIONS_KEPT];
};

/* Returns a number for a new object. The caller must not hold the views' lock. */
uint32_t rdb_views_number(struct rdb_views *views);

/* The views that a node's tree belongs to. */
struct rdb_views *rdb_views_of(struct rdb_mount *mount);

/* Returns the number of the entry at position `place` of an object. From position 2^31 on:
 * RDB_VIEW_NO_INO, the value of FUSE_UNKNOWN_INO, which is not a number. */
fuse_ino_t rdb_view_ino(uint32_t object, uint64_t place);
#define RDB_VIEW_NO_INO ((fuse_ino_t)0xffffffff)

/* Returns the number of a view's root directory. */
fuse_ino_t rdb_view_root_ino(struct rdb_mount *mount, const char *name);

/* ---- documents/ ---- */

extern const struct rdb_node_ops rdb_documents_ops;     /* view_backups.c: documents/ itself */
extern const struct rdb_node_ops rdb_view_backup_ops;   /* view_backups.c */
extern const struct rdb_node_ops rdb_view_database_ops; /* view_database.c */
extern const struct rdb_node_ops rdb_view_table_ops;    /* view_table_dir.c */

struct rdb_node rdb_node_view_database(struct rdb_backup *backup, const struct rdb_database *db);

/*
 * Finds the member with a table's documents, by the table's name: TABLE.json before TABLE.ndjson
 * and TABLE.csv, if an archive has several. Errors as for rdb_archive_find().
 */
int rdb_view_find_table(
	struct rdb_archive *archive, const char *db, const char *table, struct rdb_member *out);

/* ---- history/ ---- */

extern const struct rdb_node_ops rdb_history_ops;       /* history_dir.c: history/ itself */
extern const struct rdb_node_ops rdb_view_document_ops; /* view_document.c: a version */

#endif
