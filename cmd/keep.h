/* Schedule and retention of backups, as set by the options and the configuration. */
#ifndef RDB_CMD_KEEP_H
#define RDB_CMD_KEEP_H

#include "base/err.h"
#include "cmd/settings.h"
#include "schedule/retention.h"
#include "schedule/schedule.h"

/* Reads the schedule in the settings into *out. Returns 0, or -EINVAL with a message. */
int rdb_keep_schedule(
	const struct rdb_settings *settings, struct rdb_schedule *out, struct rdb_err *err);

/*
 * Stores in *out the retention rules of the options keep-*. Ignores an option whose value comes
 * from an origin of lower priority than "least" (enum rdb_origin), for example from the
 * configuration file if "least" is the command line. If "scheduled" is true, and none of
 * keep-hourly, keep-daily, keep-weekly and keep-monthly is set, uses the default rules instead of
 * these four. An option with the value 0 counts as set; an ignored option counts as not set.
 */
void rdb_keep_rules(const struct rdb_settings *settings, bool scheduled, enum rdb_origin least,
	struct rdb_retention_rules *out);

/* Removes from the store "source" the backups that the retention rules do not keep. May only be
 * called after a backup was written to this store successfully. */
int rdb_keep_apply(const struct rdb_settings *settings, const char *source,
	const struct rdb_retention_rules *rules, struct rdb_err *err);

#endif
