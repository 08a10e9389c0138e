#include "restore/restore_plan.h"

#include "restore/restore_progress.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void report_done(const struct rdb_restore_plan *plan,
	const struct rdb_restore_plan_table *table, struct rdb_job *job)
{
	if (table->warnings)
		rdb_job_warn(job,
			"%s.%s was restored before, with warnings: anything that was missing then, "
			"such as an index, is not restored now either (%s restores the table "
			"again)",
			table->db, table->table,
			rdb_existing_option(RDB_EXISTING_REPLACE, plan->options->policy.mounted));
	else
		rdb_restore_say(
			plan->options, "%s.%s was restored before", table->db, table->table);
}

static int add_to_job(struct rdb_restore_plan *plan, struct rdb_job *job, struct rdb_err *err)
{
	for (size_t i = 0; i < plan->count; i++) {
		struct rdb_restore_plan_table *table = &plan->tables[i];
		if (table->done) {
			report_done(plan, table, job);
			continue;
		}
		table->number = rdb_job_table(job, table->db, table->table, table->count);
		if (table->number < 0)
			return rdb_err_sys(err, ENOMEM, "the tables to restore");
	}
	return 0;
}

int rdb_restore_plan_make(struct rdb_restore_plan *plan, const struct rdb_restore_options *options,
	struct rdb_job *job, struct rdb_err *err)
{
	int ret;

	*plan = (struct rdb_restore_plan){.options = options};
	ret = rdb_plan_content_collect(plan, err);
	if (ret == 0)
		ret = rdb_plan_names_apply(plan, err);
	if (ret == 0)
		plan->progress = rdb_restore_progress_path(plan);
	if (ret == 0)
		ret = rdb_plan_target_check(plan, job, err);
	return ret || options->dry_run ? ret : add_to_job(plan, job, err);
}

void rdb_restore_plan_free(struct rdb_restore_plan *plan)
{
	for (size_t i = 0; i < plan->count; i++)
		rdb_buf_free(&plan->tables[i].info);
	free(plan->tables);
	rdb_databases_free(&plan->databases);
	free(plan->progress);
	*plan = (struct rdb_restore_plan){0};
}

/* ---- tables ---- */

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
		"%s.%s: %s, and its documents have no \"%s\": their primary key is not known "
		"(create the table with its key, then use %s)",
		table->db, table->table,
		table->info.len ? "its .info does not name its primary key"
				: "the backup has no .info for it",
		lacks, rdb_existing_option(RDB_EXISTING_MERGE, plan->options->policy.mounted));
}

void rdb_restore_say(const struct rdb_restore_options *options, const char *fmt, ...)
{
	char line[RDB_ERR_TEXT];
	va_list args;

	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	if (options->say)
		options->say(options->arg, line);
}
