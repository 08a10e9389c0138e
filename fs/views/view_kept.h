/*
 * The documents of documents/ that were found last. The kernel looks a file up and opens it in two
 * requests; the second one finds the text here. Threads: any. No function here waits.
 */
#ifndef RDB_VIEWS_VIEW_KEPT_H
#define RDB_VIEWS_VIEW_KEPT_H

#include "views/view_document.h"
#include "views/view_tree.h"

/* Keeps a document, with a reference, in place of the oldest ones. */
void rdb_view_kept_add(struct rdb_views *views, struct rdb_view_document *document);

/* Returns the document with an inode number, with a reference; NULL: not kept. */
struct rdb_view_document *rdb_view_kept_get(struct rdb_views *views, fuse_ino_t ino);

/* Releases all documents. After the views were stopped no document is kept any more. */
void rdb_view_kept_drop(struct rdb_views *views);

#endif
