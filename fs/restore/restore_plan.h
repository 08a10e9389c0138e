/*
 * The plan of a restore: the tables, their new names, and whether they may be restored. Not
 * thread-safe.
 */
#ifndef RDB_RESTORE_RESTORE_PLAN_H
#define RDB_RESTORE_RESTORE_PLAN_H

#include "restore/plan_table.h"

/* Creates a plan. The caller frees the plan also after an error. Returns 0, or an error of
 * rdb_restore_run(). */
int rdb_restore_plan_make(struct rdb_restore_plan *plan, const struct rdb_restore_options *options,
	struct rdb_job *job, struct rdb_err *err);
void rdb_restore_plan_free(struct rdb_restore_plan *plan);

#endif
