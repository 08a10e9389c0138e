/* --max-age of status and list: whether the newest good backup is new enough. */
#ifndef RDB_CMD_MAX_AGE_H
#define RDB_CMD_MAX_AGE_H

#include "base/err.h"

#include <stdint.h>
#include <time.h>

/*
 * name: of the newest good backup, taken at a time; NULL: there is none. where: for the message.
 * max_age in seconds; 0: any age will do, and so does no backup.
 *   -ESTALE   it is older, or there is none
 */
int rdb_max_age_check(
	const char *where, const char *name, time_t taken, uint64_t max_age, struct rdb_err *err);

#endif
