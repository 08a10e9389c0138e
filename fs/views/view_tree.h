/*
 * Internals of documents/ and history/, shared by the files of this folder: struct rdb_views,
 * nodes and inode numbers.
 *
 * All inode numbers have the bit RDB_INO_CHILD_BIT. The number of a directory in documents/ is
 * this bit and the number of the same directory of the backup. All other numbers, those of
 * documents and of everything in history/, have two parts. The upper half is the number of an
 * object: a table, a directory of history/, or the versions of a document. The lower half is
 * the position within the object, with a bit that is always set: the ordinal of a document, or
 * the id of a backup.
 *
 * Locks: the views' lock is held only briefly. While it is held, only the locks of requests
 * (views/view_request.h) and of a pool may be taken.
 */
#ifndef RDB_VIEWS_VIEW_TREE_H
#define RDB_VIEWS_VIEW_TREE_H

#include "backup/backup_node.h"
#include "base/queue.h"
#include "format/member_name.h"
#include "mount/dir.h"
#include "mount/tree.h"
#include "tree/backup_tree.h"
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

/* Cache of the documents that were looked up last (view_kept.h). The array is a ring buffer; the
 * next document is stored at documents[next]. */
struct rdb_view_kept {
	struct rdb_view_document *documents[RDB_VIEW_KEPT]; /* NULL: none */
	size_t next;
	size_t bytes; /* bytes of all texts */
};

struct rdb_views {
	struct rdb_mount_child children[RDB_VIEW_POOLS + 1];

	pthread_mutex_t lock; /* guards the rest */
	bool stopped;         /* set when the mount ends; requests then fail with ENOTCONN */
	struct rdb_pool *pools[RDB_VIEW_POOLS]; /* NULL once stopped */
	LIST_HEAD(, rdb_view_request) running;
	LIST_HEAD(, rdb_view_table) tables; /* tables in use by nodes or requests */
	struct rdb_view_kept kept;
	/* Tables with a window of documents in memory (view_recent.h), ordered from the most
	 * recently used table to the least recently used table. Unused elements are NULL. */
	struct rdb_view_table *recent[RDB_RECENT_TABLES];
	uint32_t numbers;               /* last number given to an object */
	struct rdb_history_name *names; /* databases and tables of history/ that have a number */
	/* Cached histories of documents (versions.h), the most recently requested history first.
	 * Unused elements are NULL. */
	struct rdb_versions *versions[RDB_VERSIONS_KEPT];
};

/* Returns the object that serves the folders documents/ and history/ of the mount. */
struct rdb_views *rdb_views_of(struct rdb_mount *mount);

/* Returns the inode number of a node in documents/ or history/. "object" is the number of the
 * node's object, for example a table. "place" is the node's number in the object, for example a
 * document's ordinal. Returns RDB_VIEW_NO_INO if "place" is 2^31 or greater. */
fuse_ino_t rdb_view_ino(uint32_t object, uint64_t place);
#define RDB_VIEW_NO_INO ((fuse_ino_t)0xffffffff)

/* Returns the inode number of the directory documents/ if "name" is RDB_DOCUMENTS_NAME, or of the
 * directory history/ if "name" is RDB_HISTORY_NAME. */
fuse_ino_t rdb_view_root_ino(struct rdb_mount *mount, const char *name);

/* ---- documents/ ---- */

extern const struct rdb_node_ops rdb_documents_ops;     /* view_backups.c: documents/ itself */
extern const struct rdb_node_ops rdb_view_backup_ops;   /* view_backups.c */
extern const struct rdb_node_ops rdb_view_database_ops; /* view_database.c */
extern const struct rdb_node_ops rdb_view_table_ops;    /* view_table_dir.c */

struct rdb_node rdb_node_view_database(struct rdb_backup *backup, const struct rdb_database *db);

/*
 * Finds the file with a table's documents in an archive. Prefers TABLE.json to TABLE.ndjson, and
 * TABLE.ndjson to TABLE.csv. Returns 0, or an error of rdb_archive_find().
 */
int rdb_view_find_table(
	struct rdb_archive *archive, const char *db, const char *table, struct rdb_member *out);

/* Stores in "out" the name of the table to which the file belongs: "posts" for posts.json. Returns
 * the length of the name, or 0 if the file does not belong to a table. */
size_t rdb_view_table_name(const char *file, char out[RDB_NAME_MAX + 1]);

/* ---- history/ ---- */

extern const struct rdb_node_ops rdb_history_ops;       /* history_dir.c: history/ itself */
extern const struct rdb_node_ops rdb_view_document_ops; /* view_document.c: a version */

#endif
