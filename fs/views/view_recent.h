/*
 * Read-ahead for programs that look up one document after the other, forwards (grep -r, cp -r) or
 * backwards (rg): a window of documents near the last one found, filled by a cursor. After two
 * look-ups close together, the next ones are answered from the window. Threads: any.
 */
#ifndef RDB_VIEWS_VIEW_RECENT_H
#define RDB_VIEWS_VIEW_RECENT_H

#include "keys/table_keys.h"
#include "views/view_tree.h"

struct rdb_view_recent;
struct rdb_view_table;

/* Appends the text of the document with this key if it is in the window. Does not wait. */
bool rdb_view_recent_find(struct rdb_view_table *table, const struct rdb_primary_key *key,
	struct rdb_buf *text, uint64_t *ordinal);

/* Reports a document, of so many bytes, that was not in the window. Moves the window to the
 * documents after it, or around it if it stands before the last one, if look-ups are close
 * together. May read a little of the table; later look-ups report the errors.
 */
void rdb_view_recent_found(struct rdb_view_table *table, struct rdb_table_keys *keys,
	const struct rdb_primary_key *key, uint64_t ordinal, size_t len);

/* Frees the window of a table that is freed, or that has to drop its window. */
void rdb_view_recent_drop(struct rdb_view_table *table);

#endif
