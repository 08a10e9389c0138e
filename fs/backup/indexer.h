/*
 * Reads archives in the background, so that the first user of an archive does not wait. Reads all
 * archives or only the newest, one at a time, newest first. All functions are thread-safe and do
 * not wait.
 */
#ifndef RDB_BACKUP_INDEXER_H
#define RDB_BACKUP_INDEXER_H

#include "backup/backup.h"

struct rdb_indexer;

enum rdb_indexer_choice { RDB_INDEXER_NONE, RDB_INDEXER_NEWEST, RDB_INDEXER_ALL };

/* "what" says which archives the indexer scans. "store" and "backups" must outlive the indexer.
 * Returns 0 or -ENOMEM. */
int rdb_indexer_create(enum rdb_indexer_choice what, struct rdb_store *store,
	struct rdb_backups *backups, struct rdb_indexer **out);

/* Frees the indexer, and releases the backup that is being read. */
void rdb_indexer_destroy(struct rdb_indexer *indexer);

/* If the indexer reads no backup at present, starts to read the next unread backup. Called when the
 * mount starts, and after each change of the store's listing. */
void rdb_indexer_step(struct rdb_indexer *indexer);

/* Must be called by the callback opened() of struct rdb_backups_config. If the indexer has chosen
 * this backup, starts the scan of the backup's archive. */
void rdb_indexer_opened(struct rdb_indexer *indexer, struct rdb_backup *backup);
void rdb_indexer_ended(struct rdb_indexer *indexer, struct rdb_backup *backup);

#endif
