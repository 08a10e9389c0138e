#include "tree/report.h"

#include "base/printable.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

char *rdb_report_time(time_t when, char *buf)
{
	struct tm tm = {0};

	localtime_r(&when, &tm);
	strftime(buf, 32, "%Y-%m-%d %H:%M:%S", &tm);
	return buf;
}

void rdb_report_words(struct rdb_buf *out, const char *label, const char *words, const char *end)
{
	size_t from;

	rdb_buf_puts(out, label);
	from = out->len;
	if (rdb_buf_puts(out, words) == 0)
		rdb_printable(out->data + from, out->len - from);
	rdb_buf_puts(out, end);
}

static double rate(const struct rdb_job_facts *facts)
{
	return facts->seconds > 0 ? (double)facts->documents / facts->seconds : 0;
}

/* ---- for people ---- */

static void put_amount(struct rdb_buf *out, uint64_t documents, int64_t total)
{
	rdb_buf_printf(out, "%" PRIu64, documents);
	if (total >= 0)
		rdb_buf_printf(out, " of about %" PRId64, total);
	rdb_buf_printf(out, " document%s", rdb_plural(total >= 0 ? (uint64_t)total : documents));
}

static void put_head(struct rdb_buf *out, const struct rdb_job_facts *facts)
{
	char when[32];

	rdb_buf_printf(out, "%-9s  ", rdb_job_state_name(facts->state));
	rdb_report_words(
		out, facts->kind == RDB_JOB_BACKUP ? "backup " : "restore ", facts->title, "\n");
	if (facts->error.code)
		rdb_report_words(out, "reason     ", facts->error.text, "\n");
	if (facts->phase[0] && !facts->ended)
		rdb_report_words(out, "now        ", facts->phase, "\n");
	if (facts->started)
		rdb_buf_printf(out, "started    %s\n", rdb_report_time(facts->started, when));
	if (facts->ended)
		rdb_buf_printf(out, "ended      %s, after %.1f s\n",
			rdb_report_time(facts->ended, when), facts->seconds);
}

static void put_progress(struct rdb_buf *out, const struct rdb_job_facts *facts)
{
	rdb_buf_printf(out, "tables     %zu of %zu\ndone       ",
		facts->tables_done - facts->tables_failed, facts->tables);
	put_amount(out, facts->documents, facts->ended ? -1 : facts->documents_total);
	rdb_buf_printf(out, ", %.1f MiB of text, %.0f documents a second\n",
		(double)facts->bytes / (1024 * 1024), rate(facts));
}

static void put_table(struct rdb_buf *out, const struct rdb_job_table_facts *table)
{
	bool ended = table->state != RDB_JOB_WAITING && table->state != RDB_JOB_RUNNING;

	rdb_buf_printf(out, "  %-9s  ", rdb_job_state_name(table->state));
	rdb_report_words(out, "", table->name, ": ");
	put_amount(out, table->documents, ended ? -1 : table->total);
	if (table->error.code)
		rdb_report_words(out, ": ", table->error.text, "");
	rdb_buf_puts(out, "\n");
}

static void put_warnings(struct rdb_buf *out, struct rdb_job *job, size_t count)
{
	char text[RDB_ERR_TEXT];

	for (size_t i = 0; i < count; i++)
		if (rdb_job_warning(job, i, text) == 0)
			rdb_report_words(out, "warning    ", text, "\n");
}

int rdb_report_text(struct rdb_job *job, bool tables, struct rdb_buf *out)
{
	struct rdb_job_table_facts table;
	struct rdb_job_facts facts;

	rdb_job_facts(job, &facts);
	put_head(out, &facts);
	if (facts.tables)
		put_progress(out, &facts);
	put_warnings(out, job, facts.warnings);
	for (int i = 0; tables && rdb_job_table_facts(job, i, &table) == 0; i++)
		put_table(out, &table);
	return rdb_buf_reserve(out, 1);
}

/* ---- for programs ---- */

json_t *rdb_report_string(const char *text)
{
	json_t *string = json_string(text);
	char *plain;

	if (string || !(plain = strdup(text)))
		return string;
	for (char *c = plain; *c; c++)
		if (*c & 0x80)
			*c = '?';
	string = json_string(plain);
	free(plain);
	return string;
}

json_t *rdb_report_string_or_null(const char *text)
{
	return text && *text ? rdb_report_string(text) : json_null();
}

json_t *rdb_report_number_or_null(bool known, json_int_t number)
{
	return known ? json_integer(number) : json_null();
}

static json_t *json_of_table(const struct rdb_job_table_facts *table)
{
	return json_pack("{s:o, s:s, s:I, s:o, s:I, s:o}", "name", rdb_report_string(table->name),
		"state", rdb_job_state_name(table->state), "documents",
		(json_int_t)table->documents, "documents_total",
		rdb_report_number_or_null(table->total >= 0, table->total), "bytes",
		(json_int_t)table->bytes, "error",
		rdb_report_string_or_null(table->error.code ? table->error.text : NULL));
}

static json_t *json_of_tables(struct rdb_job *job, size_t count)
{
	struct rdb_job_table_facts table;
	json_t *array = json_array();

	for (int i = 0; json_array_size(array) < RDB_REPORT_TABLES &&
			rdb_job_table_facts(job, i, &table) == 0;
		i++)
		if (count <= RDB_REPORT_TABLES || table.state == RDB_JOB_RUNNING ||
			table.state == RDB_JOB_FAILED)
			json_array_append_new(array, json_of_table(&table));
	return array;
}

static json_t *json_of_warnings(struct rdb_job *job, size_t count)
{
	char text[RDB_ERR_TEXT];
	json_t *array = json_array();

	for (size_t i = 0; i < count; i++)
		if (rdb_job_warning(job, i, text) == 0)
			json_array_append_new(array, rdb_report_string(text));
	return array;
}

json_t *rdb_report_json(struct rdb_job *job)
{
	struct rdb_job_facts facts;
	json_t *tables;

	rdb_job_facts(job, &facts);
	tables = json_of_tables(job, facts.tables);
	return json_pack(
		"{s:s, s:o, s:s, s:o, s:o, s:o, s:f, s:I, s:o, s:I, s:f, s:o, s:o, s:o, s:I}",
		"kind", facts.kind == RDB_JOB_BACKUP ? "backup" : "restore", "title",
		rdb_report_string(facts.title), "state", rdb_job_state_name(facts.state), "phase",
		rdb_report_string_or_null(facts.ended ? NULL : facts.phase), "started",
		rdb_report_number_or_null(facts.started != 0, facts.started), "ended",
		rdb_report_number_or_null(facts.ended != 0, facts.ended), "seconds", facts.seconds,
		"documents", (json_int_t)facts.documents, "documents_total",
		rdb_report_number_or_null(facts.documents_total >= 0, facts.documents_total),
		"bytes", (json_int_t)facts.bytes, "documents_per_second", rate(&facts), "error",
		rdb_report_string_or_null(facts.error.code ? facts.error.text : NULL), "warnings",
		json_of_warnings(job, facts.warnings), "tables", tables, "tables_left_out",
		(json_int_t)(facts.tables - json_array_size(tables)));
}
