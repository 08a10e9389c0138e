#include "restore/restore_policy.h"

const char *rdb_existing_option(enum rdb_existing existing, bool mounted)
{
	static const char *const options[][2] = {
		[RDB_EXISTING_REFUSE] = {"", "existing=refuse"},
		[RDB_EXISTING_MERGE] = {"--force", "existing=merge"},
		[RDB_EXISTING_REPLACE] = {"--replace", "existing=replace"},
		[RDB_EXISTING_SYNC] = {"--existing sync", "existing=sync"},
	};

	return options[existing][mounted];
}
