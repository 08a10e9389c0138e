/* Retention of backups, as set by the options and the configuration. */
#ifndef RDB_CMD_KEEP_H
#define RDB_CMD_KEEP_H

#include "cmd/settings.h"
#include "schedule/retention.h"

/* Stores the rules of the options keep-* whose origin is at least "least". "scheduled": if none but
 * keep-on-demand is set, stores the defaults. */
void rdb_keep_rules(const struct rdb_settings *settings, bool scheduled, enum rdb_origin least,
	struct rdb_retention_rules *out);

#endif
