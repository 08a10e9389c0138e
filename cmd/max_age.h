/* --max-age of status and list: whether the newest good backup is recent enough. */
#ifndef RDB_CMD_MAX_AGE_H
#define RDB_CMD_MAX_AGE_H

#include "base/err.h"

#include <stdint.h>
#include <time.h>

/*
 * Checks the age of the newest good backup. name: of that backup, NULL if none exists; taken: its
 * time; where: for the message. max_age in seconds; 0: no limit, and no backup is accepted too.
 *   -ESTALE   the backup is older, or does not exist
 */
int rdb_max_age_check(
	const char *where, const char *name, time_t taken, uint64_t max_age, struct rdb_err *err);

#endif
