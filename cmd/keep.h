/* Retention of backups, as set by the options and the configuration. */
#ifndef RDB_CMD_KEEP_H
#define RDB_CMD_KEEP_H

#include "cmd/settings.h"
#include "schedule/retention.h"

/*
 * Stores in *out the retention rules of the options keep-*. Ignores an option whose value comes
 * from an origin of lower priority than "least" (enum rdb_origin), for example from the
 * configuration file if "least" is the command line. If "scheduled" is true, and none of
 * keep-hourly, keep-daily, keep-weekly and keep-monthly is set, uses the default rules instead of
 * these four. An option with the value 0 counts as set; an ignored option counts as not set.
 */
void rdb_keep_rules(const struct rdb_settings *settings, bool scheduled, enum rdb_origin least,
	struct rdb_retention_rules *out);

#endif
