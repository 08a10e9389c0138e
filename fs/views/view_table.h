/*
 * A table whose documents are looked up: one object per table in use by the kernel or a request.
 * The keys are opened once, by the first request that needs them. Threads: any.
 */
#ifndef RDB_VIEWS_VIEW_TABLE_H
#define RDB_VIEWS_VIEW_TABLE_H

#include "keys/table_keys.h"
#include "views/view_document.h"
#include "views/view_tree.h"

struct rdb_view_table {
	/* The fields of this group never change. */
	struct rdb_views *views;
	struct rdb_backup *backup; /* with a reference; kept in use by nodes and requests */
	struct rdb_member member;  /* documents of the table; texts live as long as the archive */
	uint32_t number;           /* for rdb_view_ino() */

	unsigned refs; /* guarded by the views' lock, as the link */
	LIST_ENTRY(rdb_view_table) link;

	pthread_mutex_t lock;           /* guards the rest */
	struct rdb_table_keys *keys;    /* NULL: not opened yet */
	struct rdb_err error;           /* last failure logged */
	struct rdb_view_recent *recent; /* NULL: no window, or a thread is using it */
	uint64_t last_found;            /* 1 + ordinal of the document found last; 0: none */
};

/* Returns the object of a table, with a reference. The backup must be in use. Returns 0 or -ENOMEM.
 */
int rdb_view_table_get(struct rdb_views *views, struct rdb_backup *backup,
	const struct rdb_member *member, struct rdb_view_table **out);
struct rdb_view_table *rdb_view_table_ref(struct rdb_view_table *table);
void rdb_view_table_unref(struct rdb_view_table *table);

/* Returns the table's keys, valid as long as the table. Waits, and fails, as
 * rdb_table_keys_open(). */
int rdb_view_table_keys(struct rdb_view_table *table, const struct rdb_cancel *cancel,
	struct rdb_table_keys **out, struct rdb_err *err);

/* Appends the text of the document with a key, given as JSON. Waits, and fails, as
 * rdb_view_table_keys() and rdb_table_keys_find(). ordinal may be NULL. */
int rdb_view_table_find(struct rdb_view_table *table, struct rdb_json_span key,
	const struct rdb_cancel *cancel, struct rdb_buf *text, uint64_t *ordinal,
	struct rdb_err *err);

/*
 * Finds the first key whose file name was cut to this name. Appends its JSON text. Reads the whole
 * table. -ENOENT, and the errors of a cursor.
 */
int rdb_view_table_find_cut(struct rdb_view_table *table, const char *name,
	const struct rdb_cancel *cancel, struct rdb_buf *key, struct rdb_err *err);

/* Finds the document of a file name, with a reference. Errors as for rdb_view_table_find() and
 * rdb_view_table_find_cut(). */
int rdb_view_table_document(struct rdb_view_table *table, const char *name,
	const struct rdb_cancel *cancel, struct rdb_view_document **out, struct rdb_err *err);

/* As rdb_view_table_document(), for a document in the window of recent documents (view_recent.h).
 * Returns false if it is not there. Does not wait. */
bool rdb_view_table_recent(
	struct rdb_view_table *table, const char *name, struct rdb_view_document **out);

/* Reads the document with an ordinal, with a reference. -ENOENT: the table has fewer; others as for
 * a cursor. */
int rdb_view_table_at(struct rdb_view_table *table, uint64_t ordinal,
	const struct rdb_cancel *cancel, struct rdb_view_document **out, struct rdb_err *err);

/* Keeps and logs why the table cannot be read, unless that was logged before. Cancelling and a
 * missing document are not failures. */
void rdb_view_table_failed(struct rdb_view_table *table, int ret, const struct rdb_err *err);

/* The table of a node of rdb_view_table_ops. */
static inline struct rdb_view_table *rdb_view_table_of(const struct rdb_node *node)
{
	return node->own;
}

struct rdb_node rdb_node_view_table(struct rdb_view_table *table);

#endif
