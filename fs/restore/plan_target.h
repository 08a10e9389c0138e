/* The tables of a plan that already exist in the cluster. Not thread-safe. The functions wait for
 * the cluster. */
#ifndef RDB_RESTORE_PLAN_TARGET_H
#define RDB_RESTORE_PLAN_TARGET_H

#include "restore/plan_table.h"

/*
 * Checks whether each table of the plan exists and may be restored, and reads the .info files.
 * In a dry run, reports what would be done. If say() is set, reports incomplete tables (staging
 * tables) of other restores. Returns 0, an error of rdb_plan_content_info() or of
 * rdb_client_query(), or
 *   -EEXIST if a table exists, and existing tables are refused;
 *   -EINVAL if a primary key is unknown, or differs from the existing table's.
 */
int rdb_plan_target_check(struct rdb_restore_plan *plan, struct rdb_job *job, struct rdb_err *err);

#endif
