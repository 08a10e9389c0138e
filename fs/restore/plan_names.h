/* Names in the cluster of the tables and databases that are restored. One thread. */
#ifndef RDB_RESTORE_PLAN_NAMES_H
#define RDB_RESTORE_PLAN_NAMES_H

#include "restore/plan_table.h"

/*
 * Applies the option "as" to the names, and checks them.
 *   -EINVAL  the option does not fit the tables, or the server does not allow a name
 *   -EPERM   the database is the server's own
 *   -ENOMEM
 */
int rdb_plan_names_apply(struct rdb_restore_plan *plan, struct rdb_err *err);

#endif
