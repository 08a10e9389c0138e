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

/* Returns -ESTALE if the backup is older than max_age seconds or unreachable, or if there is no
 * such backup. An unreachable backup fails the check, because whether it is good is unknown.
 * Returns 0 otherwise, and always if max_age is 0. The error message begins with the text of the
 * parameter "where". */
int rdb_max_age_check(const char *where, const struct rdb_max_age_backup *backup, uint64_t max_age,
	struct rdb_err *err);

#endif
