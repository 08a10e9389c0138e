/*
 * Names of documents that were sent to the kernel last. The kernel keeps each with its document
 * until it needs memory, so the oldest ones are revoked when there are many. Threads: any.
 */
#ifndef RDB_VIEWS_VIEW_KNOWN_H
#define RDB_VIEWS_VIEW_KNOWN_H

#include "views/view_tree.h"

/* Records that the kernel receives a name in a directory of documents. May revoke the oldest
 * name. */
void rdb_view_known_add(struct rdb_mount *mount, fuse_ino_t directory, const char *name);

/* Frees all names. Call it when the mount has ended. */
void rdb_view_known_free(struct rdb_views *views);

#endif
