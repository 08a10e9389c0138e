/*
 * Read-ahead for programs that look up one document after the other (grep -r, cp -r): a window of
 * documents after the last one found, filled by a cursor. After two sequential look-ups, the next
 * ones are answered from the window. Threads: any.
 */
#ifndef RDB_VIEWS_VIEW_RECENT_H
#define RDB_VIEWS_VIEW_RECENT_H

#include "archive/table_keys.h"
#include "views/view_tree.h"

struct rdb_view_recent;
struct rdb_view_table;

/* Appends the text of the document with this key if it is in the window. Does not wait. */
bool rdb_view_recent_find(struct rdb_view_table *table, const struct rdb_primary_key *key,
	struct rdb_buf *text, uint64_t *ordinal);

/* Reports a document that was not in the window. Moves the window to the documents after it if
 * look-ups are sequential. May read a little of the table; later look-ups report the errors.
 */
void rdb_view_recent_found(struct rdb_view_table *table, struct rdb_table_keys *keys,
	const struct rdb_primary_key *key, uint64_t ordinal);

/* Frees the window of a table that is freed, or that has to drop its window. */
void rdb_view_recent_drop(struct rdb_view_table *table);

#endif
