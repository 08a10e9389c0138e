/* Parts of .rdbfs/status and .rdbfs/status.json: the jobs, the next scheduled backup, and the
 * backups that retention would remove. */
#include "tree/report.h"
#include "tree/status.h"

#define ENDED_MAX 5 /* ended jobs shown in .rdbfs/status */

static bool keeper_facts(const struct rdb_mount *mount, struct rdb_keeper_facts *out)
{
	struct rdb_keeper *keeper = rdb_backup_tree_of(mount)->config.keeper;

	if (keeper)
		rdb_keeper_facts(keeper, out);
	return keeper;
}

static void rules_words(const struct rdb_retention_rules *rules, struct rdb_buf *out)
{
	char words[RDB_RETENTION_WORDS];

	rdb_retention_words(rules, rdb_period_name(RDB_DAILY), words);
	rdb_buf_puts(out, words);
	rdb_retention_words(rules, RDB_TYPE_ON_DEMAND, words);
	if (*words)
		rdb_buf_printf(out, "%s%s", out->len ? " " : "", words);
}

/* ---- for people ---- */

static void put_schedule(struct rdb_mount *mount, struct rdb_buf *out)
{
	struct rdb_keeper_facts facts;
	char when[32];

	if (!keeper_facts(mount, &facts) || facts.schedule->count == 0 || !facts.next.when)
		return;
	rdb_buf_printf(out, "next backup  %s, at %s\n", rdb_period_name(facts.next.period),
		rdb_report_time(facts.retry ? facts.retry : facts.next.when, when));
	if (facts.failures)
		rdb_buf_printf(out, "             it failed %u time%s", facts.failures,
			facts.failures > 1 ? "s" : "");
	if (facts.failures)
		rdb_report_words(out, ": ", facts.error.text, "\n");
}

static void put_removal(struct rdb_buf *out, const struct rdb_retention_plan *plan, size_t i)
{
	rdb_report_words(out, "to remove    ", plan->backups[i].entry->name, ", ");
	rdb_report_words(out, "", plan->backups[i].type, "\n");
}

static void put_removals(struct rdb_mount *mount, struct rdb_buf *out)
{
	struct rdb_retention_plan plan = {0};
	struct rdb_err err = {0};

	if (rdb_keeper_plan(rdb_backup_tree_of(mount)->config.keeper, &plan, &err) != 0)
		return; /* rdb_status_text() reports this error */
	for (size_t i = plan.count; i-- > 0;)
		if (!plan.backups[i].kept)
			put_removal(out, &plan, i);
	if (plan.imported)
		rdb_buf_printf(out, "not removed  %zu imported backups, which were not made here\n",
			plan.imported);
	if (plan.unknown) {
		rdb_buf_printf(out,
			"not known    how %zu of the backups were made: they are being examined\n",
			plan.unknown);
		rdb_learn_types(mount);
	}
	rdb_retention_plan_free(&plan);
}

static void put_retention(struct rdb_mount *mount, struct rdb_buf *out)
{
	struct rdb_keeper_facts facts;
	struct rdb_buf words = {0};

	if (!keeper_facts(mount, &facts) || !rdb_retention_has_rules(facts.rules))
		return;
	rules_words(facts.rules, &words);
	rdb_buf_puts(out, "retention    ");
	rdb_buf_add(out, words.data, words.len);
	rdb_buf_puts(out, "\n");
	rdb_buf_free(&words);
	put_removals(mount, out);
}

static int put_jobs(struct rdb_mount *mount, struct rdb_buf *out)
{
	struct rdb_job **list;
	size_t count, ended = 0;
	int ret = rdb_jobs_list(rdb_backup_tree_of(mount)->jobs, &list, &count);

	for (size_t i = 0; i < count && ret == 0; i++) {
		bool has_ended = rdb_job_wait(list[i], 0);

		if (has_ended && ended++ >= ENDED_MAX)
			continue;
		rdb_buf_puts(out, "\n");
		ret = rdb_report_text(list[i], !has_ended, out);
	}
	rdb_jobs_list_free(list, count);
	return ret;
}

int rdb_agenda_text(struct rdb_mount *mount, struct rdb_buf *out)
{
	put_schedule(mount, out);
	put_retention(mount, out);
	return put_jobs(mount, out);
}

/* ---- for programs ---- */

static json_t *json_of_jobs(struct rdb_mount *mount)
{
	json_t *array = json_array();
	struct rdb_job **list;
	size_t count;

	if (rdb_jobs_list(rdb_backup_tree_of(mount)->jobs, &list, &count) != 0)
		return array;
	for (size_t i = 0; i < count; i++)
		json_array_append_new(array, rdb_report_json(list[i]));
	rdb_jobs_list_free(list, count);
	return array;
}

static json_t *json_of_schedule(struct rdb_mount *mount)
{
	struct rdb_keeper_facts facts;

	if (!keeper_facts(mount, &facts) || facts.schedule->count == 0)
		return json_null();
	return json_pack("{s:s, s:o, s:i, s:o, s:o}", "type", rdb_period_name(facts.next.period),
		"next", rdb_report_number_or_null(facts.next.when != 0, facts.next.when),
		"failures", (int)facts.failures, "retry",
		rdb_report_number_or_null(facts.retry != 0, facts.retry), "error",
		facts.failures ? rdb_report_string(facts.error.text) : json_null());
}

static json_t *json_of_removals(const struct rdb_retention_plan *plan)
{
	json_t *array = json_array();

	for (size_t i = plan->count; i-- > 0;)
		if (!plan->backups[i].kept)
			json_array_append_new(
				array, json_pack("{s:o, s:s}", "name",
					       rdb_report_string(plan->backups[i].entry->name),
					       "type", plan->backups[i].type));
	return array;
}

static json_t *json_of_retention(struct rdb_mount *mount)
{
	struct rdb_keeper_facts facts;
	struct rdb_retention_plan plan = {0};
	struct rdb_buf words = {0};
	json_t *json;

	if (!keeper_facts(mount, &facts) || !rdb_retention_has_rules(facts.rules))
		return json_null();
	rules_words(facts.rules, &words);
	/* Ignore an error, because the plan is empty after an error. */
	(void)rdb_keeper_plan(rdb_backup_tree_of(mount)->config.keeper, &plan, NULL);
	json = json_pack("{s:s, s:o, s:I, s:I}", "rules", rdb_buf_cstr(&words), "would_remove",
		json_of_removals(&plan), "imported", (json_int_t)plan.imported, "unknown",
		(json_int_t)plan.unknown);
	if (plan.unknown)
		rdb_learn_types(mount);
	rdb_retention_plan_free(&plan);
	rdb_buf_free(&words);
	return json;
}

void rdb_agenda_json(struct rdb_mount *mount, json_t *status)
{
	json_object_set_new(status, "jobs", json_of_jobs(mount));
	json_object_set_new(status, "schedule", json_of_schedule(mount));
	json_object_set_new(status, "retention", json_of_retention(mount));
}
