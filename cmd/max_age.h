/* The option --max-age of status and list, which checks that the newest good backup is recent
 * enough. */
#ifndef RDB_CMD_MAX_AGE_H
#define RDB_CMD_MAX_AGE_H

#include "base/err.h"

#include <stdint.h>
#include <time.h>

/*
 * Checks that the newest good backup is not older than max_age seconds. If it is older, or if no
 * backup is good, returns -ESTALE, otherwise 0. Returns 0 if max_age is 0. "name" and "taken" are
 * the name and the time of this backup; "name" is NULL if no backup is good. "where" is the mount
 * point or the source, for the message.
 */
int rdb_max_age_check(
	const char *where, const char *name, time_t taken, uint64_t max_age, struct rdb_err *err);

#endif
