/* Learns in the background what made the backups (job/types.h), for those who must not wait. */
#ifndef RDB_TREE_LEARN_H
#define RDB_TREE_LEARN_H

#include "mount/tree.h"

/* Begins unless it is under way. Any thread may call; nothing waits. */
void rdb_learn_types(struct rdb_mount *mount);

#endif
