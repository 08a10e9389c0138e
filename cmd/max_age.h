/* The option --max-age of status and list, which checks that the newest good backup is recent
 * enough. */
#ifndef RDB_CMD_MAX_AGE_H
#define RDB_CMD_MAX_AGE_H

#include "base/err.h"

#include <stdint.h>
#include <time.h>

/* The newest backup that is not known to be damaged. */
struct rdb_max_age_backup {
	const char *name; /* NULL if there is no such backup */
	time_t taken;
	const char *unreachable; /* reason why the backup cannot be read; NULL if not known */
};

/* Checks that the backup is at most max_age seconds old. If max_age is 0, checks nothing. "where"
 * begins the error message. Returns 0, or -ESTALE if the backup is too old, missing or unreachable.
 */
int rdb_max_age_check(const char *where, const struct rdb_max_age_backup *backup, uint64_t max_age,
	struct rdb_err *err);

#endif
