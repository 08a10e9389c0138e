#include "restore/plan_table.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *rdb_restore_plan_suffix(const struct rdb_restore_plan_table *table)
{
	return table->file + strlen(table->from);
}

char rdb_restore_plan_delimiter(
	const struct rdb_restore_plan *plan, const struct rdb_restore_plan_table *table)
{
	if (!table->csv)
		return '\0';
	return plan->options->policy.delimiter ? plan->options->policy.delimiter : ',';
}

int rdb_restore_plan_unknown_key(const struct rdb_restore_plan *plan,
	const struct rdb_restore_plan_table *table, const char *lacks, struct rdb_err *err)
{
	return rdb_err_set(err, EINVAL,
		"%s.%s: the backup has no .info for it, and its documents have no \"%s\": their "
		"primary key is not known (create the table with its key, then use %s)",
		table->db, table->table, lacks,
		rdb_existing_option(RDB_EXISTING_MERGE, plan->options->policy.mounted));
}

void rdb_restore_plan_say(const struct rdb_restore_plan *plan, const char *fmt, ...)
{
	char line[RDB_ERR_TEXT];
	va_list args;

	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	if (plan->options->say)
		plan->options->say(plan->options->arg, line);
}
