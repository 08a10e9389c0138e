/*
 * The documents behind the one that was found last, for programs that look up one after the other
 * (grep -r, cp -r): a window of the table that a cursor moves on. Once two look-ups follow one
 * another, the next ones are answered from there. Threads: any.
 */
#ifndef RDB_VIEWS_VIEW_RECENT_H
#define RDB_VIEWS_VIEW_RECENT_H

#include "archive/table_keys.h"
#include "views/view_tree.h"

struct rdb_view_recent;
struct rdb_view_table;

/* Appends the text of the document with this key if the window has it. Does not wait. */
bool rdb_view_recent_find(struct rdb_view_table *table, const struct rdb_primary_key *key,
	struct rdb_buf *text, uint64_t *ordinal);

/* Notes a document that the window did not have, and moves the window behind it if the look-ups
 * follow one another. May read a little of the table; failures are left to the look-ups. */
void rdb_view_recent_found(struct rdb_view_table *table, struct rdb_table_keys *keys,
	const struct rdb_primary_key *key, uint64_t ordinal);

/* Frees the window of a table that is freed, or whose turn is over. */
void rdb_view_recent_drop(struct rdb_view_table *table);

#endif
