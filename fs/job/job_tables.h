/*
 * Tables of a job, with their progress and state. The sums over all tables are in the job's struct
 * rdb_job_facts. The caller of each function holds the job's lock.
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

/* Adds a table to the job, and counts the table in *facts. The other parameters and the results are
 * those of rdb_job_table(). */
int rdb_job_tables_add(struct rdb_job_tables *tables, struct rdb_job_facts *facts, const char *db,
	const char *table, int64_t total);

/* Sets the number of documents expected in a table. "number" is the table's index from
 * rdb_job_tables_add(). After rdb_job_tables_forget() has freed tables, this function,
 * rdb_job_tables_set_state() and rdb_job_tables_count() change no table, because the remaining
 * tables have new indexes. */
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

/* Frees the memory for the tables of an ended job, but keeps the first RDB_JOB_TABLES_KEPT failed
 * tables. Sets facts->documents_total to the number of documents expected in all tables. */
void rdb_job_tables_forget(struct rdb_job_tables *tables, struct rdb_job_facts *facts);

/* Stores in *out the name, the state and the counts of the table tables->rows[number]. Returns 0,
 * or -ENOENT if the array has no such element. */
int rdb_job_tables_get(
	const struct rdb_job_tables *tables, int number, struct rdb_job_table_facts *out);

/* Splits a text of the form "DATABASE.TABLE: MESSAGE". If the text begins with the name of a table
 * of the job, stores this name and returns MESSAGE. Otherwise, returns NULL. */
const char *rdb_job_tables_split(
	const struct rdb_job_tables *tables, const char *text, char name[RDB_ERR_TEXT]);

#endif
