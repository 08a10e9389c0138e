/* Synchronizes existing tables as part of a whole restore (restore/sync_table.h), with messages for
 * the user. */
#ifndef RDB_RESTORE_SYNC_RESTORE_H
#define RDB_RESTORE_SYNC_RESTORE_H

#include "restore/restore_plan.h"

/* Returns whether the table exists and the options request its synchronization. */
bool rdb_sync_wanted(
	const struct rdb_restore_options *options, const struct rdb_restore_plan_table *table);

/* Appends to *out the numbers of inserted, replaced, deleted and unchanged documents as a text for
 * the user. If dry_run is true, the text says "to be inserted" and so on. Returns 0 or -ENOMEM. */
int rdb_sync_describe(const struct rdb_sync_result *result, bool dry_run, struct rdb_buf *out);

/* Adds the numbers of documents in "from" to those in *sum. */
void rdb_sync_result_add(struct rdb_sync_result *sum, const struct rdb_sync_result *from);

/* Makes the table equal to the backup, or compares the table with the backup in a dry run. Appends
 * a line for the user to *summary. */
int rdb_sync_restore(const struct rdb_restore_options *options,
	const struct rdb_restore_plan_table *table, struct rdb_job *job, unsigned connections,
	struct rdb_buf *summary, struct rdb_sync_result *result, struct rdb_err *err);

/* For a dry run: compares tables with the backup, and shows the differences with rdb_restore_say().
 * Compares only the tables that the restore would make equal to the backup. Returns 0, or an error
 * of rdb_sync_restore(). */
int rdb_sync_plan(const struct rdb_restore_plan *plan, struct rdb_job *job, struct rdb_err *err);

#endif
