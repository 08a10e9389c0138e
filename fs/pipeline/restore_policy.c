#include "pipeline/restore_policy.h"

#include <errno.h>

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

int rdb_existing_refuse(
	const char *subject, const char *harmless, bool several, bool mounted, struct rdb_err *err)
{
	const char *object = several ? "them" : "it";

	return rdb_err_set(err, EEXIST, "%s: %s; %s writes into %s, %s replaces %s%s", subject,
		harmless, rdb_existing_option(RDB_EXISTING_MERGE, mounted), object,
		rdb_existing_option(RDB_EXISTING_REPLACE, mounted), object,
		mounted ? ", after unmounting and mounting with it" : "");
}

int rdb_existing_refuse_blank(struct rdb_err *err)
{
	return rdb_err_set(err, EINVAL,
		"its file is empty and has no .info, so it may be cut short, and changes no table "
		"that exists: add the .info, or leave the table out");
}
