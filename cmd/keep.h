/* Retention of backups, as set by the options and the configuration. */
#ifndef RDB_CMD_KEEP_H
#define RDB_CMD_KEEP_H

#include "cmd/settings.h"
#include "schedule/retention.h"

/* Stores in *out how many backups to keep, from the options keep-*. Ignores options whose origin
 * (enum rdb_origin) is before "least". If "scheduled" is true and the user has set no option from
 * keep-hourly to keep-monthly, uses rdb_retention_defaults. */
void rdb_keep_rules(const struct rdb_settings *settings, bool scheduled, enum rdb_origin least,
	struct rdb_retention_rules *out);

#endif
