/* Numbers that options take, where not every number makes sense. */
#ifndef RDB_CMD_LIMITS_H
#define RDB_CMD_LIMITS_H

#include "base/err.h"
#include "cmd/settings.h"

/* 0; -EINVAL with words that name the option. */
int rdb_limits_check(const struct rdb_settings *settings, struct rdb_err *err);

/* The seconds of --retry as cluster/patience.h has them: 0, which is never, becomes -1. Checked
 * before.
 */
int rdb_limits_patience(const struct rdb_settings *settings);

#endif
