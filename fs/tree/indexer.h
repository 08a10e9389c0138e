/*
 * Reads archives in the background, so that the first user of each does not wait: the newest, or
 * all, one at a time, newest first. Any thread may call; nothing waits.
 */
#ifndef RDB_TREE_INDEXER_H
#define RDB_TREE_INDEXER_H

#include "mount/mount.h"
#include "tree/backup.h"

struct rdb_indexer;

/* Creates an indexer. Store and backups must outlive it. Returns 0 or -ENOMEM. */
int rdb_indexer_create(enum rdb_mount_index what, struct rdb_store *store,
	struct rdb_backups *backups, struct rdb_indexer **out);

/* Releases the backup being read, if any. */
void rdb_indexer_destroy(struct rdb_indexer *indexer);

/* Starts the next backup unless one is being read. Call it at the start and after changes of the
 * listing. */
void rdb_indexer_step(struct rdb_indexer *indexer);

/* Callback for struct rdb_backups_config. */
void rdb_indexer_opened(struct rdb_indexer *indexer, struct rdb_backup *backup);
void rdb_indexer_ended(struct rdb_indexer *indexer, struct rdb_backup *backup);

#endif
