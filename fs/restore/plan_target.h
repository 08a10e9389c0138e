/* Tables that exist in the cluster under the names of a plan. One thread; blocks on the cluster. */
#ifndef RDB_RESTORE_PLAN_TARGET_H
#define RDB_RESTORE_PLAN_TARGET_H

#include "restore/plan_table.h"

/*
 * Finds for each table whether it exists, and whether it may be restored; reads the .info files. A
 * dry run reports what would be done. Staging tables of other restores are reported.
 *   -EEXIST  a table exists, and existing tables are refused
 *   -EINVAL  a primary key is unknown, or differs from that of the existing table
 *   errors of rdb_plan_content_info() and of rdb_client_query()
 */
int rdb_plan_target_check(struct rdb_restore_plan *plan, struct rdb_job *job, struct rdb_err *err);

#endif
