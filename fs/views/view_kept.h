/*
 * Cache of the documents in documents/ that were looked up last. The kernel looks up a file and
 * opens it in two requests, and the second request finds the text in the cache. Any thread may
 * call. No function waits.
 */
#ifndef RDB_VIEWS_VIEW_KEPT_H
#define RDB_VIEWS_VIEW_KEPT_H

#include "views/view_document.h"
#include "views/view_tree.h"

/* Adds a document to the cache. The cache takes a reference of its own. If the cache is full,
 * removes the documents that were added earliest. */
void rdb_view_kept_add(struct rdb_views *views, struct rdb_view_document *document);

/* Returns the cached document that has the inode number "ino", and adds a reference for the caller.
 * Returns NULL if the document is not cached. */
struct rdb_view_document *rdb_view_kept_get(struct rdb_views *views, fuse_ino_t ino);

/* Removes all documents from the cache. After the views have stopped (views->stopped is true),
 * rdb_view_kept_add() adds no documents, so the cache then stays empty. */
void rdb_view_kept_drop(struct rdb_views *views);

#endif
