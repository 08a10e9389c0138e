/*
 * Tables of a job: their progress and state, and the sums over them in the job's facts. The lock of
 * the job guards them; the caller of each function holds it.
 */
#ifndef RDB_JOB_JOB_TABLES_H
#define RDB_JOB_JOB_TABLES_H

#include "job/job.h"

#include <stddef.h>
#include <stdint.h>

struct rdb_job_row;

/* Zero-initialised: no tables. */
struct rdb_job_tables {
	struct rdb_job_row *rows;
	size_t count, cap; /* count is less than facts->tables once tables were forgotten */
};

void rdb_job_tables_free(struct rdb_job_tables *tables);

/* Adds a table. total: number of documents expected; -1: unknown. Returns its number, or -ENOMEM,
 * also after tables were forgotten. */
int rdb_job_tables_add(struct rdb_job_tables *tables, struct rdb_job_facts *facts, const char *db,
	const char *table, int64_t total);

/* These have no effect on tables that were forgotten, except that documents are counted in the
 * facts. */
void rdb_job_tables_set_total(struct rdb_job_tables *tables, const struct rdb_job_facts *facts,
	int number, int64_t total);
/* why: error of the table, or NULL: unchanged. */
void rdb_job_tables_set_state(struct rdb_job_tables *tables, struct rdb_job_facts *facts,
	int number, enum rdb_job_state state, const struct rdb_err *why);
void rdb_job_tables_count(struct rdb_job_tables *tables, struct rdb_job_facts *facts, int number,
	uint64_t documents, uint64_t bytes);

/* Returns the number of documents expected in all tables; -1: unknown for one of them. */
int64_t rdb_job_tables_total(
	const struct rdb_job_tables *tables, const struct rdb_job_facts *facts);

/* Forgets the tables, except some failed ones: see rdb_job_forget_tables(). */
void rdb_job_tables_forget(struct rdb_job_tables *tables, struct rdb_job_facts *facts);

/* Returns 0, or -ENOENT if no table has this number. */
int rdb_job_tables_get(
	const struct rdb_job_tables *tables, int number, struct rdb_job_table_facts *out);

/* Splits a text about a table, "DATABASE.TABLE: text": copies the name, and returns the text. NULL:
 * the text does not begin with the name of a table. */
const char *rdb_job_tables_split(
	const struct rdb_job_tables *tables, const char *text, char name[RDB_ERR_TEXT]);

#endif
