/*
 * Content of a backup that a restore is to restore: the tables that were selected, and their .info
 * files. One thread.
 */
#ifndef RDB_RESTORE_PLAN_CONTENT_H
#define RDB_RESTORE_PLAN_CONTENT_H

#include "cluster/table_info.h"
#include "restore/plan_table.h"

/*
 * Adds the tables, the largest first, and the databases without tables.
 *   -ENOENT  the backup does not contain what was selected or excluded, or has no table
 *   -EINVAL  a selection is malformed, or a table has two files
 *   -ENOMEM
 */
int rdb_plan_content_collect(struct rdb_restore_plan *plan, struct rdb_err *err);

/* Reads a table's .info into the table and parses it. *out is owned by the caller; NULL: the backup
 * has none. Errors of reading the archive and of rdb_table_info_parse(). */
int rdb_plan_content_info(const struct rdb_restore_plan *plan, struct rdb_restore_plan_table *table,
	struct rdb_table_info **out, struct rdb_err *err);

#endif
