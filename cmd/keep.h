/* When backups are made and which are kept, as the options and the configuration say. */
#ifndef RDB_CMD_KEEP_H
#define RDB_CMD_KEEP_H

#include "base/err.h"
#include "cmd/settings.h"
#include "schedule/retention.h"
#include "schedule/schedule.h"

/* 0; -EINVAL with words. */
int rdb_keep_schedule(
	const struct rdb_settings *settings, struct rdb_schedule *out, struct rdb_err *err);

/*
 * The keep- options that were given there or nearer to the user. With a schedule, where none of the
 * four for scheduled backups is given, the defaults; an option that is given as 0 is one that is
 * given.
 */
void rdb_keep_rules(const struct rdb_settings *settings, bool scheduled, enum rdb_origin least,
	struct rdb_retention_rules *out);

/* Removes what the rules don't keep from the store that an archive was just written to. */
int rdb_keep_apply(const struct rdb_settings *settings, const char *source,
	const struct rdb_retention_rules *rules, struct rdb_err *err);

#endif
