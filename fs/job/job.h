/*
 * Job: progress, result and cancellation of a dump or a restore, which are shown in .rdbfs/status,
 * backup-now and the terminal. Jobs have reference counts. Any number of threads may call at a
 * time.
 */
#ifndef RDB_JOB_JOB_H
#define RDB_JOB_JOB_H

#include "base/err.h"
#include "base/wait.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

enum rdb_job_kind { RDB_JOB_BACKUP, RDB_JOB_RESTORE };

enum rdb_job_state {
	RDB_JOB_WAITING,
	RDB_JOB_RUNNING,
	RDB_JOB_DONE,
	RDB_JOB_FAILED,
	RDB_JOB_CANCELLED,
};

const char *rdb_job_state_name(enum rdb_job_state state); /* "waiting", "running", … */

static inline bool rdb_job_state_is_end(enum rdb_job_state state)
{
	return state != RDB_JOB_WAITING && state != RDB_JOB_RUNNING;
}

struct rdb_job;

/* Creates a job with one reference. Users see the title: a backup's name, or a restore's source and
 * target. Returns 0, -ENOMEM, -EMFILE or -ENFILE. */
int rdb_job_create(enum rdb_job_kind kind, const char *title, struct rdb_job **out);
struct rdb_job *rdb_job_ref(struct rdb_job *job);
void rdb_job_unref(struct rdb_job *job);

/* ---- called by the worker ---- */

void rdb_job_start(struct rdb_job *job);

/* Adds a table to the job. "total" is an estimate of the table's number of documents, or -1 if
 * unknown. Returns the table's index, or -ENOMEM if memory is short or rdb_job_forget_tables() has
 * freed tables of the job. */
int rdb_job_table(struct rdb_job *job, const char *db, const char *table, int64_t total);
void rdb_job_table_total(struct rdb_job *job, int number, int64_t total);

/* Sets the state of a table. "why" is the reason of a failure, or NULL. A table that failed because
 * the job was cancelled becomes RDB_JOB_CANCELLED. */
void rdb_job_table_state(
	struct rdb_job *job, int number, enum rdb_job_state state, const struct rdb_err *why);

/* Adds "documents" and "bytes" to the progress of the table with the index "number". Fast enough to
 * be called for each batch of documents. */
void rdb_job_progress(struct rdb_job *job, int number, uint64_t documents, uint64_t bytes);
/* Sets a short description of what the job is doing, such as "building indexes". */
void rdb_job_phase(struct rdb_job *job, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Logs a warning, and adds the warning to the job's list of at most 100 warnings. rdb_job_end()
 * adds a last entry with the number of left-out warnings. */
void rdb_job_warn(struct rdb_job *job, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Ends the job, and calls the functions registered with rdb_job_on_end(). err is NULL if the job
 * succeeded. If a cancel has caused the error, the job's state becomes RDB_JOB_CANCELLED, otherwise
 * RDB_JOB_FAILED. */
void rdb_job_end(struct rdb_job *job, const struct rdb_err *err);

/* ---- called by observers ---- */

/* Requests that the job be cancelled. Fires the cancel object that all connections of the job
 * share, so that their requests end at once. */
void rdb_job_cancel(struct rdb_job *job);
/* Returns the ms that remain to undo the job's work: 10 seconds, less the time since the cancel,
 * but at least half a second. */
int rdb_job_undo_ms(struct rdb_job *job);
bool rdb_job_is_cancelled(struct rdb_job *job);
struct rdb_cancel *rdb_job_cancel_object(struct rdb_job *job);

struct rdb_job_facts {
	enum rdb_job_kind kind;
	enum rdb_job_state state;
	char title[256];
	char phase[128];
	time_t started;          /* 0: not yet */
	time_t ended;            /* 0: not yet */
	double seconds;          /* seconds since the start, or from the start to the end */
	uint64_t documents;      /* documents of all tables that have not failed */
	int64_t documents_total; /* estimate, never less than "documents"; -1 if unknown */
	uint64_t bytes;          /* text of the documents, in bytes */
	size_t tables;
	size_t tables_done;   /* number of tables that are complete or failed, but not cancelled */
	size_t tables_failed; /* number of failed tables, which are missing in a backup */
	size_t warnings;
	struct rdb_err error;
};

void rdb_job_facts(struct rdb_job *job, struct rdb_job_facts *out);

#define RDB_JOB_TABLES_KEPT 20

/* Frees the tables of an ended job, except the first RDB_JOB_TABLES_KEPT failed ones, which get new
 * indexes from 0. Does nothing while the job is running. */
void rdb_job_forget_tables(struct rdb_job *job);

struct rdb_job_table_facts {
	char name[256]; /* "db.table" */
	enum rdb_job_state state;
	uint64_t documents;
	int64_t total; /* documents expected, at least "documents"; -1 if unknown */
	uint64_t bytes;
	struct rdb_err error;
};

/* Stores in *out the state of one of the job's tables. "number" is the table's number, counted from
 * 0. Returns 0, or -ENOENT if the job has no table with this number. */
int rdb_job_table_facts(struct rdb_job *job, int number, struct rdb_job_table_facts *out);
int rdb_job_warning(struct rdb_job *job, size_t number, char text[RDB_ERR_TEXT]);

/* Registers a function to be called once, when the job ends. The thread that ends the job calls
 * ended() without the job's lock. If the job has already ended, rdb_job_on_end() calls ended()
 * itself. Returns 0, or -ENOMEM if ended() will not be called. */
int rdb_job_on_end(struct rdb_job *job, void (*ended)(void *arg), void *arg);

/* Waits for the job's end, but not longer than ms milliseconds. If ms is negative, waits without a
 * limit. Returns true if the job has ended. */
bool rdb_job_wait(struct rdb_job *job, int ms);

#endif
