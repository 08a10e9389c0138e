/* Names that the restored tables and databases get in the cluster. Not thread-safe. */
#ifndef RDB_RESTORE_PLAN_NAMES_H
#define RDB_RESTORE_PLAN_NAMES_H

#include "restore/plan_table.h"

/*
 * Applies the option "as" (the new name of a table or database) to the plan, and checks
 * all names. Returns 0, -ENOMEM, or
 *   -EINVAL if the option names a table, but the plan does not have exactly one table;
 *   -EINVAL if the option would put the tables of several databases into one database;
 *   -EINVAL if the server does not allow a name;
 *   -EPERM if the database is the server's own database "rethinkdb".
 */
int rdb_plan_names_apply(struct rdb_restore_plan *plan, struct rdb_err *err);

#endif
