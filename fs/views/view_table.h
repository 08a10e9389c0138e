/*
 * A table whose documents are looked up: one object for each that the kernel or a request knows.
 * Its keys are opened once, by the first request that needs them. Threads: any.
 */
#ifndef RDB_VIEWS_VIEW_TABLE_H
#define RDB_VIEWS_VIEW_TABLE_H

#include "archive/table_keys.h"
#include "views/view_document.h"
#include "views/view_tree.h"

struct rdb_view_table {
	/* These never change. */
	struct rdb_views *views;
	struct rdb_backup *backup; /* with a reference; in use by the nodes and requests */
	struct rdb_member member; /* the table's documents; its texts live as long as the archive */
	uint32_t number;          /* for rdb_view_ino() */

	unsigned refs; /* the views' lock, with the link */
	LIST_ENTRY(rdb_view_table) link;

	pthread_mutex_t lock;           /* guards the rest */
	struct rdb_table_keys *keys;    /* NULL: not opened yet */
	struct rdb_err error;           /* the last failure, which the log has */
	struct rdb_view_recent *recent; /* NULL: none, or a thread moves it on */
	uint64_t last_found;            /* ordinal behind the document found last; 0: none */
};

/* The object of a table, with a reference. The backup is in use. 0 or -ENOMEM. */
int rdb_view_table_get(struct rdb_views *views, struct rdb_backup *backup,
	const struct rdb_member *member, struct rdb_view_table **out);
struct rdb_view_table *rdb_view_table_ref(struct rdb_view_table *table);
void rdb_view_table_unref(struct rdb_view_table *table);

/* The table's keys, valid as long as the table. Waits, and fails, as rdb_table_keys_open(). */
int rdb_view_table_keys(struct rdb_view_table *table, const struct rdb_cancel *cancel,
	struct rdb_table_keys **out, struct rdb_err *err);

/* Appends the text of the document with a key, given as JSON. Waits, and fails, as
 * rdb_view_table_keys() and rdb_table_keys_find(). ordinal may be NULL. */
int rdb_view_table_find(struct rdb_view_table *table, struct rdb_json_span key,
	const struct rdb_cancel *cancel, struct rdb_buf *text, uint64_t *ordinal,
	struct rdb_err *err);

/*
 * Finds the first key whose file name was cut to this one. Appends its JSON text. Reads the whole
 * table. -ENOENT, and the errors of a cursor.
 */
int rdb_view_table_find_cut(struct rdb_view_table *table, const char *name,
	const struct rdb_cancel *cancel, struct rdb_buf *key, struct rdb_err *err);

/* The document of a file name, with a reference. The same errors. */
int rdb_view_table_document(struct rdb_view_table *table, const char *name,
	const struct rdb_cancel *cancel, struct rdb_view_document **out, struct rdb_err *err);

/* Keeps and logs why the table cannot be read, unless it was logged before. Cancelling and a
 * document that is missing are no failures. */
void rdb_view_table_failed(struct rdb_view_table *table, int ret, const struct rdb_err *err);

/* The table of a node of rdb_view_table_ops. */
static inline struct rdb_view_table *rdb_view_table_of(const struct rdb_node *node)
{
	return node->own;
}

struct rdb_node rdb_node_view_table(struct rdb_view_table *table);

#endif
