/*
 * The parts of a backup that are restored: the selected tables and their .info files (metadata).
 * Not thread-safe.
 */
#ifndef RDB_RESTORE_PLAN_CONTENT_H
#define RDB_RESTORE_PLAN_CONTENT_H

#include "cluster/table_info.h"
#include "restore/plan_table.h"

/*
 * Adds the selected tables, the largest first, and the selected databases without tables to
 * the plan. Returns 0, -ENOMEM, or
 *   -ENOENT if the backup has no table, or lacks a selected or excluded name;
 *   -EINVAL if a selection is malformed, or a table has two files.
 */
int rdb_plan_content_collect(struct rdb_restore_plan *plan, struct rdb_err *err);

/* Reads the table's .info file (the table's metadata) from the backup. Stores the text in
 * table->info, and the parsed metadata in *out, which the caller owns. If the backup has no .info
 * file of the table, *out is NULL. Returns 0, an error of reading the archive, or an error of
 * rdb_table_info_parse(). */
int rdb_plan_content_info(const struct rdb_restore_plan *plan, struct rdb_restore_plan_table *table,
	struct rdb_table_info **out, struct rdb_err *err);

#endif
