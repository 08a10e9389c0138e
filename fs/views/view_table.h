/*
 * A table whose documents are looked up. A table has one object while the kernel or a request uses
 * the table. The keys are opened once, by the first request that needs them. Any thread may call.
 */
#ifndef RDB_VIEWS_VIEW_TABLE_H
#define RDB_VIEWS_VIEW_TABLE_H

#include "keys/table_keys.h"
#include "views/view_document.h"
#include "views/view_tree.h"

struct rdb_view_table {
	/* The following four fields never change. */
	struct rdb_views *views;
	struct rdb_backup *backup; /* with a reference */
	struct rdb_member member;  /* file with the documents; valid as long as the archive */
	uint32_t number;           /* for rdb_view_ino() */

	unsigned refs; /* references; refs and link are guarded by the views' lock */
	LIST_ENTRY(rdb_view_table) link;

	pthread_mutex_t lock;           /* guards the rest */
	struct rdb_table_keys *keys;    /* NULL until the keys are opened */
	struct rdb_err error;           /* last failure logged */
	struct rdb_view_recent *recent; /* NULL if there is no window, or while a thread uses it */
	uint64_t last_found; /* 1 + ordinal of the document found last; 0 if none was found */
};

/* Finds or creates the struct that all users of a table share. *member is the archive's file with
 * the table's documents. The caller keeps the backup in use during the call, and releases *out with
 * rdb_view_table_unref(). Returns 0 or -ENOMEM. */
int rdb_view_table_get(struct rdb_views *views, struct rdb_backup *backup,
	const struct rdb_member *member, struct rdb_view_table **out);
struct rdb_view_table *rdb_view_table_ref(struct rdb_view_table *table);
void rdb_view_table_unref(struct rdb_view_table *table);

/* Stores the table's keys in *out. The keys are valid as long as the caller has a reference to
 * "table". May wait for the archive. Returns 0, or an error of rdb_backup_open_wait() or
 * rdb_table_keys_open(). */
int rdb_view_table_keys(struct rdb_view_table *table, const struct rdb_cancel *cancel,
	struct rdb_table_keys **out, struct rdb_err *err);

/* Appends the document with the primary key "key" to *text. Sets *ordinal to the document's number
 * in the table, counted from 0. May wait for the archive. Returns 0, or an error of
 * rdb_view_table_keys() or rdb_table_keys_find(). */
int rdb_view_table_find(struct rdb_view_table *table, struct rdb_json_span key,
	const struct rdb_cancel *cancel, struct rdb_buf *text, uint64_t *ordinal,
	struct rdb_err *err);

/*
 * Finds the first document whose shortened file name is "name". Appends the document's key and a
 * line feed to *keys. May read the whole table.
 *
 * Returns:
 *   0        the key was appended
 *   -ENOENT  the table has no such document
 *   other    an error of rdb_view_table_at()
 */
int rdb_view_table_find_cut(struct rdb_view_table *table, const char *name,
	const struct rdb_cancel *cancel, struct rdb_buf *keys, struct rdb_err *err);

/* Iterates over the keys in "keys". Each key ends with a line feed. Stores the next key, without
 * the line feed, in *key. *key must be zero-initialised before the first call. Returns false after
 * the last key. */
bool rdb_view_next_key(const struct rdb_buf *keys, struct rdb_json_span *key);

/* Stores the document with the file name "name" in *out. The caller releases *out with
 * rdb_view_document_unref(). May wait for the archive. Returns 0, or an error of
 * rdb_view_table_find() or rdb_view_table_find_cut(). */
int rdb_view_table_document(struct rdb_view_table *table, const char *name,
	const struct rdb_cancel *cancel, struct rdb_view_document **out, struct rdb_err *err);

/* Looks for the document with this file name in memory, and does not wait for the archive. If this
 * function returns true, the caller must release *out with rdb_view_document_unref(). */
bool rdb_view_table_recent(
	struct rdb_view_table *table, const char *name, struct rdb_view_document **out);

/* Stores the document with the index "ordinal" in *out, with a reference for the caller. May wait
 * for the archive. Returns 0, -ENOENT if the table has no such document, or an error of
 * rdb_view_table_keys() or rdb_table_cursor_next(). */
int rdb_view_table_at(struct rdb_view_table *table, uint64_t ordinal,
	const struct rdb_cancel *cancel, struct rdb_view_document **out, struct rdb_err *err);

/* Logs the error *err of a read, unless the table's previous error had the same text. Does nothing
 * if "ret" is 0, or an error that the archive did not cause, such as -ENOENT or -ECANCELED. */
void rdb_view_table_failed(struct rdb_view_table *table, int ret, const struct rdb_err *err);

/* Returns the table to which the node belongs. The node must be the table's directory, or a file in
 * this directory. */
static inline struct rdb_view_table *rdb_view_table_of(const struct rdb_node *node)
{
	return node->own;
}

struct rdb_node rdb_node_view_table(struct rdb_view_table *table);

/* The operations hold() and release() of struct rdb_node_ops, for the node of the table's directory
 * and for the nodes of the files in this directory. */
void rdb_view_table_hold(const struct rdb_node *node);
void rdb_view_table_release(const struct rdb_node *node);

/* ---- answers ---- */

/* Answers an opendir request for the table's directory. The caller has called
 * rdb_view_table_keys(). */
void rdb_view_reading_open(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *node,
	struct fuse_file_info *fi); /* view_reading.c */

/* Answers a look-up request for a document of the table. Keeps the document in memory for the open
 * request that may follow. Does not wait. */
void rdb_view_file_found(struct rdb_mount *mount, fuse_req_t req, struct rdb_view_table *table,
	struct rdb_view_document *document); /* view_file.c */

#endif
