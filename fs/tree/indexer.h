/*
 * Reads archives in the background, so that the first to look at them does not wait: the newest,
 * or all, one at a time, newest first. Any thread may call; nothing waits.
 */
#ifndef RDB_TREE_INDEXER_H
#define RDB_TREE_INDEXER_H

#include "mount/mount.h"
#include "tree/backup.h"

struct rdb_indexer;

/* 0 or -ENOMEM. Store and backups outlive the indexer. */
int rdb_indexer_create(enum rdb_mount_index what, struct rdb_store *store,
	struct rdb_backups *backups, struct rdb_indexer **out);

/* Lets go of the backup being read, if there is one. */
void rdb_indexer_destroy(struct rdb_indexer *indexer);

/* Begins with the next one unless one is being read: at the start, and when the listing changed. */
void rdb_indexer_step(struct rdb_indexer *indexer);

/* As struct rdb_backups_config tells it. */
void rdb_indexer_opened(struct rdb_indexer *indexer, struct rdb_backup *backup);
void rdb_indexer_ended(struct rdb_indexer *indexer, struct rdb_backup *backup);

#endif
