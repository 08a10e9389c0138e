/*
 * Tables of a job, with their progress and state. The sums over all tables are in struct
 * rdb_job_facts of the job. The caller of each function holds the lock of the job.
 */
#ifndef RDB_JOB_JOB_TABLES_H
#define RDB_JOB_JOB_TABLES_H

#include "job/job.h"

#include <stddef.h>
#include <stdint.h>

struct rdb_job_row;

/* The tables of a job (a dump or a restore), each with its state and counts. A zero-initialised
 * object has no tables. */
struct rdb_job_tables {
	struct rdb_job_row *rows;
	size_t count, cap; /* "count" is below facts->tables after tables were freed */
};

void rdb_job_tables_free(struct rdb_job_tables *tables);

/* Adds a table. "total" is the expected number of documents, or -1 if unknown. Returns the table's
 * index, or -ENOMEM if memory is exhausted or rdb_job_tables_forget() was called. */
int rdb_job_tables_add(struct rdb_job_tables *tables, struct rdb_job_facts *facts, const char *db,
	const char *table, int64_t total);

/* In rdb_job_tables_set_total(), rdb_job_tables_set_state() and rdb_job_tables_count(), "number" is
 * the index that rdb_job_tables_add() has returned. After rdb_job_tables_forget(), the tables no
 * longer change: set_total() and set_state() do nothing, and count() adds only to the job's sums in
 * *facts. */
void rdb_job_tables_set_total(struct rdb_job_tables *tables, const struct rdb_job_facts *facts,
	int number, int64_t total);
/* Sets the state of a table. "why" is the table's error, or NULL to keep the previous error. */
void rdb_job_tables_set_state(struct rdb_job_tables *tables, struct rdb_job_facts *facts,
	int number, enum rdb_job_state state, const struct rdb_err *why);
void rdb_job_tables_count(struct rdb_job_tables *tables, struct rdb_job_facts *facts, int number,
	uint64_t documents, uint64_t bytes);

/* Returns the number of documents expected in all tables, or -1 if the number is unknown for at
 * least one table. */
int64_t rdb_job_tables_total(
	const struct rdb_job_tables *tables, const struct rdb_job_facts *facts);

/* Frees the memory for the tables of an ended job, except for some failed tables (see
 * rdb_job_forget_tables()). */
void rdb_job_tables_forget(struct rdb_job_tables *tables, struct rdb_job_facts *facts);

/* Stores the name, progress, state and error of a table in *out. "number" is the position of the
 * table in the list of the job's tables. Returns 0, or -ENOENT if the list has no such position. */
int rdb_job_tables_get(
	const struct rdb_job_tables *tables, int number, struct rdb_job_table_facts *out);

/* Splits the text "DATABASE.TABLE: TEXT". Stores DATABASE.TABLE in "name", and returns TEXT.
 * Returns NULL if the text does not begin with the name of a table of the job. */
const char *rdb_job_tables_split(
	const struct rdb_job_tables *tables, const char *text, char name[RDB_ERR_TEXT]);

#endif
