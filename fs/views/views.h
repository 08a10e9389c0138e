/*
 * documents/ and history/: single documents of the backups as files, in separate trees, so that a
 * copy of a backup never descends into them. The mount knows them as two directories of its root
 * (struct rdb_mount_child).
 *
 * All reading is done by threads of two pools: one for documents/, one for history/, which waits
 * for archives to be scanned. A request that a signal interrupts is answered at once, and its work
 * is cancelled.
 */
#ifndef RDB_VIEWS_VIEWS_H
#define RDB_VIEWS_VIEWS_H

#include "mount/mount.h"

struct rdb_views;

/* Creates the common state of the directories documents/ and history/. Starts no thread. Returns 0
 * or -ENOMEM. */
int rdb_views_create(struct rdb_views **out);

/* Frees the views. The caller must free the mount before the views. views may be NULL. */
void rdb_views_destroy(struct rdb_views *views);

/* Returns the directories documents/ and history/ in the form that struct rdb_mount_config needs.
 * The array lives as long as the views. */
const struct rdb_mount_child *rdb_views_children(const struct rdb_views *views);

#endif
