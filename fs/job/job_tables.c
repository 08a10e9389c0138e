#include "job/job_tables.h"

#include "base/array.h"
#include "base/formatted.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Each string is allocated with only the bytes that it needs, because a job can have thousands
 * of rows. */
struct rdb_job_row {
	char *name;  /* "db.table" */
	char *error; /* NULL: none */
	int code;    /* errno of the failure; 0 if none */
	enum rdb_job_state state;
	uint64_t documents;
	int64_t total; /* -1: unknown */
	uint64_t bytes;
};

static void free_row(struct rdb_job_row *row)
{
	free(row->name);
	free(row->error);
}

void rdb_job_tables_free(struct rdb_job_tables *tables)
{
	for (size_t i = 0; i < tables->count; i++)
		free_row(&tables->rows[i]);
	free(tables->rows);
	*tables = (struct rdb_job_tables){0};
}

/* Returns the row of the table with the index "number". Returns NULL if rdb_job_tables_forget() has
 * freed any table, because the remaining tables have new indexes. */
static struct rdb_job_row *row_of(
	struct rdb_job_tables *tables, const struct rdb_job_facts *facts, int number)
{
	return tables->count == facts->tables ? &tables->rows[number] : NULL;
}

int rdb_job_tables_add(struct rdb_job_tables *tables, struct rdb_job_facts *facts, const char *db,
	const char *table, int64_t total)
{
	struct rdb_job_row added = {.total = total};

	if (tables->count == facts->tables)
		added.name = rdb_formatted("%s.%s", db, table);
	if (!added.name)
		return -ENOMEM;
	if (rdb_array_grow(&tables->rows, &tables->cap, tables->count, sizeof(added)) != 0) {
		free_row(&added);
		return -ENOMEM;
	}
	tables->rows[tables->count++] = added;
	return (int)facts->tables++;
}

void rdb_job_tables_set_total(
	struct rdb_job_tables *tables, const struct rdb_job_facts *facts, int number, int64_t total)
{
	struct rdb_job_row *row = row_of(tables, facts, number);

	if (row)
		row->total = total;
}

/* ---- states ---- */

/* Returns true if the table is done or has failed. A cancelled table is neither done nor failed. */
static bool is_outcome(enum rdb_job_state state)
{
	return state == RDB_JOB_DONE || state == RDB_JOB_FAILED;
}

/* Adjusts the job's sums of documents and bytes before table->state changes to "state". Subtracts
 * the table's counts if the table fails, or adds the counts if a failed table changes to another
 * state. */
static void count_documents(
	struct rdb_job_facts *facts, const struct rdb_job_row *table, enum rdb_job_state state)
{
	bool was = table->state != RDB_JOB_FAILED, is = state != RDB_JOB_FAILED;

	if (was == is)
		return;
	facts->documents += is ? table->documents : -table->documents;
	facts->bytes += is ? table->bytes : -table->bytes;
}

void rdb_job_tables_set_state(struct rdb_job_tables *tables, struct rdb_job_facts *facts,
	int number, enum rdb_job_state state, const struct rdb_err *why)
{
	struct rdb_job_row *table = row_of(tables, facts, number);

	if (!table)
		return;
	count_documents(facts, table, state);
	facts->tables_done += is_outcome(state);
	facts->tables_done -= is_outcome(table->state);
	facts->tables_failed += state == RDB_JOB_FAILED;
	facts->tables_failed -= table->state == RDB_JOB_FAILED;
	table->state = state;
	if (!why)
		return;
	free(table->error);
	table->error = why->text[0] ? strdup(why->text) : NULL;
	table->code = why->code;
}

void rdb_job_tables_count(struct rdb_job_tables *tables, struct rdb_job_facts *facts, int number,
	uint64_t documents, uint64_t bytes)
{
	struct rdb_job_row *row = row_of(tables, facts, number);

	if (row) {
		row->documents += documents;
		row->bytes += bytes;
	}
	if (!row || row->state != RDB_JOB_FAILED) {
		facts->documents += documents;
		facts->bytes += bytes;
	}
}

/* ---- totals ---- */

static int64_t table_total(const struct rdb_job_row *table)
{
	int64_t documents = (int64_t)table->documents;

	return table->total >= 0 && table->total < documents ? documents : table->total;
}

static int64_t documents_total(const struct rdb_job_tables *tables)
{
	int64_t sum = 0;

	if (!tables->count)
		return -1;
	for (size_t i = 0; i < tables->count; i++) {
		int64_t total = table_total(&tables->rows[i]);
		if (total < 0 || __builtin_add_overflow(sum, total, &sum))
			return -1;
	}
	return sum;
}

int64_t rdb_job_tables_total(const struct rdb_job_tables *tables, const struct rdb_job_facts *facts)
{
	return tables->count == facts->tables ? documents_total(tables) : facts->documents_total;
}

/* ---- the end of the job ---- */

static void shrink(struct rdb_job_tables *tables, size_t count)
{
	struct rdb_job_row *fewer = reallocarray(tables->rows, count + 1, sizeof(*fewer));

	tables->count = count;
	if (!fewer)
		return;
	tables->rows = fewer;
	tables->cap = count + 1;
}

void rdb_job_tables_forget(struct rdb_job_tables *tables, struct rdb_job_facts *facts)
{
	size_t kept = 0;

	if (!tables->count || tables->count != facts->tables)
		return;
	facts->documents_total = documents_total(tables);
	for (size_t i = 0; i < tables->count; i++) {
		if (tables->rows[i].state == RDB_JOB_FAILED && kept < RDB_JOB_TABLES_KEPT)
			tables->rows[kept++] = tables->rows[i];
		else
			free_row(&tables->rows[i]);
	}
	if (kept < tables->count)
		shrink(tables, kept);
}

int rdb_job_tables_get(
	const struct rdb_job_tables *tables, int number, struct rdb_job_table_facts *out)
{
	const struct rdb_job_row *table;

	if (number < 0 || (size_t)number >= tables->count)
		return -ENOENT;
	table = &tables->rows[number];
	*out = (struct rdb_job_table_facts){
		.state = table->state,
		.documents = table->documents,
		.total = table_total(table),
		.bytes = table->bytes,
		.error = {.code = table->code},
	};
	snprintf(out->name, sizeof(out->name), "%s", table->name);
	snprintf(out->error.text, sizeof(out->error.text), "%s", table->error ? table->error : "");
	return 0;
}

const char *rdb_job_tables_split(
	const struct rdb_job_tables *tables, const char *text, char name[RDB_ERR_TEXT])
{
	for (size_t i = 0; i < tables->count; i++) {
		const char *table = tables->rows[i].name;
		size_t len = strlen(table);

		if (strncmp(text, table, len) == 0 && strncmp(text + len, ": ", 2) == 0) {
			snprintf(name, RDB_ERR_TEXT, "%s", table);
			return text + len + 2;
		}
	}
	return NULL;
}
