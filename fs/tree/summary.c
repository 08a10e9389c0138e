#include "tree/summary.h"

#include "schedule/schedule.h"
#include "tree/report.h"

#include <time.h>

bool rdb_summary_is_good(const struct rdb_archive_facts *facts, time_t taken)
{
	return !rdb_archive_state_is_damaged(facts->state) &&
	       taken <= time(NULL) + RDB_SCHEDULE_FUTURE;
}

bool rdb_summary_is_counted(const struct rdb_archive_facts *facts)
{
	return (facts->state != RDB_ARCHIVE_UNVERIFIED &&
		       facts->state != RDB_ARCHIVE_UNREACHABLE) ||
	       facts->checked;
}

static json_t *json_of_names(const char *const *names, size_t count)
{
	json_t *array = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(array, rdb_report_string(names[i]));
	return array;
}

static json_t *json_of_scope(const struct rdb_scope *scope)
{
	if (!scope)
		return json_null();
	return json_pack("{s:o, s:o}", "only", json_of_names(scope->only, scope->only_count),
		"except", json_of_names(scope->except, scope->except_count));
}

static json_t *json_of_error(const struct rdb_archive_facts *facts)
{
	return rdb_report_string_or_null(facts->error.code ? facts->error.text : NULL);
}

json_t *rdb_summary_json(const struct rdb_summary *summary)
{
	const struct rdb_archive_facts *facts = summary->facts;
	bool counted = rdb_summary_is_counted(facts);

	return json_pack("{s:o, s:o, s:o, s:s, s:I, s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:o}",
		"name", rdb_report_string(summary->entry->name), "file",
		rdb_report_string(summary->entry->file), "type",
		rdb_report_string_or_null(summary->type), "state",
		rdb_archive_state_name(facts->state), "taken", (json_int_t)summary->taken, "size",
		(json_int_t)facts->size, "scanned", (json_int_t)facts->scanned, "tables",
		rdb_report_number_or_null(counted, (json_int_t)facts->tables), "damaged_tables",
		rdb_report_number_or_null(facts->damaged > 0, (json_int_t)facts->damaged),
		"documents", rdb_report_number_or_null(counted, (json_int_t)facts->documents),
		"server", rdb_report_string_or_null(facts->server), "scope",
		json_of_scope(summary->scope), "error", json_of_error(facts));
}

json_t *rdb_summary_counts(const size_t *counts)
{
	size_t all = 0;

	for (size_t state = 0; state < RDB_ARCHIVE_STATES; state++)
		all += counts[state];
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "all", (json_int_t)all, "ok",
		(json_int_t)counts[RDB_ARCHIVE_OK], "damaged",
		(json_int_t)counts[RDB_ARCHIVE_DAMAGED] +
			(json_int_t)counts[RDB_ARCHIVE_UNREADABLE],
		"unreachable", (json_int_t)counts[RDB_ARCHIVE_UNREACHABLE], "indexing",
		(json_int_t)counts[RDB_ARCHIVE_SCANNING], "unverified",
		(json_int_t)counts[RDB_ARCHIVE_UNVERIFIED]);
}

json_t *rdb_summary_last_good(const struct rdb_summary *good)
{
	if (!good->entry)
		return json_null();
	return json_pack("{s:o, s:I, s:s, s:o}", "name", rdb_report_string(good->entry->name),
		"taken", (json_int_t)good->taken, "state",
		rdb_archive_state_name(good->facts->state), "error", json_of_error(good->facts));
}

json_t *rdb_summary_passed_over(const struct rdb_listing *listing)
{
	size_t count = listing ? listing->passed_over_count : 0;
	json_t *list = json_array();

	for (size_t i = 0; i < count && i < RDB_PASSED_OVER_MAX; i++) {
		const struct rdb_passed_over *file = &listing->passed_over[i];
		json_array_append_new(
			list, json_pack("{s:o, s:s}", "file", rdb_report_string(file->file),
				      "reason", file->reason));
	}
	return list;
}
