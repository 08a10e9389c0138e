/* The tables of a plan that already exist in the cluster. Not thread-safe. The functions wait for
 * the cluster. */
#ifndef RDB_RESTORE_PLAN_TARGET_H
#define RDB_RESTORE_PLAN_TARGET_H

#include "restore/plan_table.h"

/*
 * Checks for each table of the plan whether the table exists in the cluster and whether it may be
 * restored. Reads the .info files of the backup (primary keys, indexes and settings of the tables).
 * In a dry run, reports what would be done. If the plan's option say() is set, reports the tables
 * that other restores have left incomplete or are filling. Returns 0, an error of
 * rdb_plan_content_info() or of rdb_client_query(), or
 *   -EEXIST if a table exists, and the restore's policy for existing tables forbids restoring it;
 *   -EINVAL if a primary key is unknown, or differs from the existing table's.
 */
int rdb_plan_target_check(struct rdb_restore_plan *plan, struct rdb_job *job, struct rdb_err *err);

#endif
