/* The option --max-age of status and list, which checks that the newest good backup is recent
 * enough. */
#ifndef RDB_CMD_MAX_AGE_H
#define RDB_CMD_MAX_AGE_H

#include "base/err.h"

#include <stdint.h>
#include <time.h>

/*
 * Returns 0 if max_age is 0, or if the newest good backup is not older than max_age seconds.
 * Otherwise returns -ESTALE. "name" is this backup's name, or NULL if no backup is good, and
 * "taken" is its time. "where" is the mount point or the source, for the message.
 */
int rdb_max_age_check(
	const char *where, const char *name, time_t taken, uint64_t max_age, struct rdb_err *err);

#endif
