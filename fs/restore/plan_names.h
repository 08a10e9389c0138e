/* Names that the restored tables and databases get in the cluster. Not thread-safe. */
#ifndef RDB_RESTORE_PLAN_NAMES_H
#define RDB_RESTORE_PLAN_NAMES_H

#include "restore/plan_table.h"

/*
 * Applies the option "as" to the names, and checks the names. Returns 0, -ENOMEM, or
 *   -EINVAL if the option names a table but several are restored, if the option would merge
 *           databases, or if the server does not allow a name;
 *   -EPERM if the database is the server's own.
 */
int rdb_plan_names_apply(struct rdb_restore_plan *plan, struct rdb_err *err);

#endif
