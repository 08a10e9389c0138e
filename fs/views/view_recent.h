/*
 * Read-ahead for programs that look up documents one after the other, forwards (grep -r, cp -r) or
 * backwards (rg). A table's window has the documents near the last one found, read by a cursor.
 * After two look-ups close together, the next look-ups are answered from the window. Any thread may
 * call.
 */
#ifndef RDB_VIEWS_VIEW_RECENT_H
#define RDB_VIEWS_VIEW_RECENT_H

#include "keys/table_keys.h"
#include "views/view_tree.h"

struct rdb_view_recent;
struct rdb_view_table;

/* Searches the table's window (the documents kept in memory near the last document found) for the
 * document with the key. Appends the document to *text, and stores its position in the table in
 * *ordinal. Returns false if the window does not have the document, or if memory is exhausted. Does
 * not wait. */
bool rdb_view_recent_find(struct rdb_view_table *table, const struct rdb_primary_key *key,
	struct rdb_buf *text, uint64_t *ordinal);

/*
 * Called when a look-up has found a document that is not in the table's window (the documents kept
 * in memory near the last document found). len is the length of the found document's text in bytes.
 * If the document is near the one that the previous look-up has found, reads the documents around
 * it into the window. Errors of these reads are ignored. Only a few tables can have a window, so
 * another table may lose its window.
 */
void rdb_view_recent_found(struct rdb_view_table *table, struct rdb_table_keys *keys,
	const struct rdb_primary_key *key, uint64_t ordinal, size_t len);

/* Frees the documents of the table that are in memory because they were read in advance. */
void rdb_view_recent_drop(struct rdb_view_table *table);

#endif
