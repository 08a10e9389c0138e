/* Reads the types of backups (job/types.h) in the background, for callers that must not wait. */
#ifndef RDB_TREE_LEARN_H
#define RDB_TREE_LEARN_H

#include "mount/tree.h"

/* Starts the task unless it is running. Any thread may call; nothing waits. */
void rdb_learn_types(struct rdb_mount *mount);

#endif
