/* One table of a whole restore that exists already and is made equal to the backup's
 * (restore/sync_table.h), and what people are told of it. */
#ifndef RDB_RESTORE_SYNC_RESTORE_H
#define RDB_RESTORE_SYNC_RESTORE_H

#include "restore/restore_plan.h"

/* Whether the table exists, and the options say that it is to be made equal. */
bool rdb_sync_wanted(
	const struct rdb_restore_options *options, const struct rdb_restore_plan_table *table);

/*
 * Makes it equal, or with options->dry_run compares only, and appends a line for people to summary.
 * missing: as of struct rdb_restore_outcome. job: of the restore. Errors as rdb_sync_run().
 */
int rdb_sync_restore(const struct rdb_restore_options *options,
	const struct rdb_restore_plan_table *table, struct rdb_job *job, unsigned connections,
	struct rdb_buf *summary, struct rdb_err *missing, struct rdb_err *err);

/* The same for all tables of a dry run, each line by options->say(). */
int rdb_sync_plan(const struct rdb_restore_plan *plan, struct rdb_job *job, struct rdb_err *err);

#endif
