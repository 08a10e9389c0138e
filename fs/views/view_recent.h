/*
 * Read-ahead for programs that look up documents one after the other, forwards (grep -r, cp -r) or
 * backwards (rg). A table's window has the documents near the last one found, read by a cursor.
 * After two look-ups close together, the next look-ups are answered from the window. Only a few
 * tables can have a window. Errors of reading ahead are ignored. Any thread may call.
 */
#ifndef RDB_VIEWS_VIEW_RECENT_H
#define RDB_VIEWS_VIEW_RECENT_H

#include "keys/table_keys.h"
#include "views/view_tree.h"

struct rdb_view_recent;
struct rdb_view_table;

/* Searches the table's window (documents kept in memory) for the key. Appends the document's
 * text to *text, and stores the document's index in *ordinal. Returns false if the window lacks the
 * document, or memory is exhausted. */
bool rdb_view_recent_find(struct rdb_view_table *table, const struct rdb_primary_key *key,
	struct rdb_buf *text, uint64_t *ordinal);

/* Called after a look-up has found a document of len bytes outside the table's window (neighbouring
 * documents kept in memory). Refills the window if the document is close to the previously found
 * document in the table. May wait for the archive. */
void rdb_view_recent_found(struct rdb_view_table *table, struct rdb_table_keys *keys,
	const struct rdb_primary_key *key, uint64_t ordinal, size_t len);

/* Frees the table's window. */
void rdb_view_recent_drop(struct rdb_view_table *table);

#endif
