/*
 * documents/ and history/: single documents of the backups as files, in trees of their own so
 * that a copy of a backup never descends into them. The mount knows them as two directories of its
 * root (struct rdb_mount_child).
 *
 * Whatever has to be read is read by threads of two pools of their own: one for documents/, one
 * for history/, which waits for archives to be scanned. A request that a signal interrupts is
 * answered at once, and its work is cancelled.
 */
#ifndef RDB_VIEWS_VIEWS_H
#define RDB_VIEWS_VIEWS_H

#include "mount/mount.h"

struct rdb_views;

/* Starts no thread. 0 or -ENOMEM. */
int rdb_views_create(struct rdb_views **out);

/* When the mount no longer exists. NULL is nothing. */
void rdb_views_destroy(struct rdb_views *views);

/* The trees, for struct rdb_mount_config; lives as long as the views. */
const struct rdb_mount_child *rdb_views_children(const struct rdb_views *views);

#endif
