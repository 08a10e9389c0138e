/* Retention of backups, as set by the options and the configuration. */
#ifndef RDB_CMD_KEEP_H
#define RDB_CMD_KEEP_H

#include "cmd/settings.h"
#include "schedule/retention.h"

/* Stores in *out the values of the options keep-*. Skips an option if the origin of its value is
 * below "least" in enum rdb_origin. If "scheduled" is true and none of keep-hourly, keep-daily,
 * keep-weekly and keep-monthly is set, stores the default rules for these options. */
void rdb_keep_rules(const struct rdb_settings *settings, bool scheduled, enum rdb_origin least,
	struct rdb_retention_rules *out);

#endif
