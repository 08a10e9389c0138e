/*
 * Plan of a restore: which tables, under which names, and whether they may be restored. One thread.
 */
#ifndef RDB_RESTORE_RESTORE_PLAN_H
#define RDB_RESTORE_RESTORE_PLAN_H

#include "restore/plan_table.h"

/* Creates a plan. Errors of rdb_restore_run(). The plan must be freed after an error as well. */
int rdb_restore_plan_make(struct rdb_restore_plan *plan, const struct rdb_restore_options *options,
	struct rdb_job *job, struct rdb_err *err);
void rdb_restore_plan_free(struct rdb_restore_plan *plan);

#endif
