/* Retention of backups, as set by the options and the configuration. */
#ifndef RDB_CMD_KEEP_H
#define RDB_CMD_KEEP_H

#include "cmd/settings.h"
#include "schedule/retention.h"

/* Stores in *out how many backups to keep, as set by the options keep-*. Stores 0 for an option if
 * the origin of the option's value is before "least" in enum rdb_origin. If "scheduled" is true,
 * and the user has set none of keep-hourly, keep-daily, keep-weekly and keep-monthly, stores the
 * values of rdb_retention_defaults for these four options. */
void rdb_keep_rules(const struct rdb_settings *settings, bool scheduled, enum rdb_origin least,
	struct rdb_retention_rules *out);

#endif
