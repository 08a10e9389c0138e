/* Schedule and retention of backups, from the options and the configuration. */
#ifndef RDB_CMD_KEEP_H
#define RDB_CMD_KEEP_H

#include "base/err.h"
#include "cmd/settings.h"
#include "schedule/retention.h"
#include "schedule/schedule.h"

/* Returns 0, or -EINVAL with a message. */
int rdb_keep_schedule(
	const struct rdb_settings *settings, struct rdb_schedule *out, struct rdb_err *err);

/*
 * Sets the rules from keep- options with an origin of at least least. With a schedule, if none of
 * the four options for scheduled backups is given, sets the defaults. An option with the value 0
 * counts as given.
 */
void rdb_keep_rules(const struct rdb_settings *settings, bool scheduled, enum rdb_origin least,
	struct rdb_retention_rules *out);

/* Removes the backups that the rules do not keep from the store that an archive was just written
 * to. */
int rdb_keep_apply(const struct rdb_settings *settings, const char *source,
	const struct rdb_retention_rules *rules, struct rdb_err *err);

#endif
