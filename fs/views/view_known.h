/*
 * The names of documents that the kernel was given last. It keeps each, and the document with it,
 * until it needs memory itself; so the oldest ones are taken from it when there are many. Threads:
 * any.
 */
#ifndef RDB_VIEWS_VIEW_KNOWN_H
#define RDB_VIEWS_VIEW_KNOWN_H

#include "views/view_tree.h"

/* A name in a directory of documents is given to the kernel. */
void rdb_view_known_add(struct rdb_mount *mount, fuse_ino_t directory, const char *name);

/* When the mount has ended. */
void rdb_view_known_free(struct rdb_views *views);

#endif
