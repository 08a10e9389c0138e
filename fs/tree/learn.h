/* Reads the types of backups (job/types.h) in the background, for callers that must not wait. */
#ifndef RDB_TREE_LEARN_H
#define RDB_TREE_LEARN_H

#include "tree/backup_tree.h"

/* Starts a task that determines the type (such as "daily"), the cluster and the tables of every
 * backup, so that later look-ups need not read the archives. Does nothing if the task is already
 * running. Thread-safe; does not wait. */
void rdb_learn_types(struct rdb_mount *mount);

#endif
