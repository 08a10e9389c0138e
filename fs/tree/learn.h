/* Reads the types of backups (job/types.h) in the background, for callers that must not wait. */
#ifndef RDB_TREE_LEARN_H
#define RDB_TREE_LEARN_H

#include "tree/backup_tree.h"

/* Starts a task that reads the types of all backups, unless the task is already running.
 * Thread-safe; does not wait. */
void rdb_learn_types(struct rdb_mount *mount);

#endif
