/* The option --max-age of status and list, which checks that the newest good backup is recent
 * enough. */
#ifndef RDB_CMD_MAX_AGE_H
#define RDB_CMD_MAX_AGE_H

#include "base/err.h"

#include <stdint.h>
#include <time.h>

/* Returns -ESTALE if the newest good backup is older than max_age seconds, or if there is no good
 * backup. Returns 0 otherwise, and always if max_age is 0. "name" is the name of the newest good
 * backup, or NULL if there is no good backup. "taken" is the time of this backup. The error message
 * begins with the text of the parameter "where". */
int rdb_max_age_check(
	const char *where, const char *name, time_t taken, uint64_t max_age, struct rdb_err *err);

#endif
