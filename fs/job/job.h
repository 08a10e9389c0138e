/*
 * Progress, result and cancellation of a dump or a restore, for .rdbfs/status, backup-now and the
 * terminal. A job is shared by reference; dump.h and restore.h contain the work itself.
 *
 * Threads: any number at once.
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

struct rdb_job;

/* Creates a job and returns one reference. title is shown to users: the backup's name, or source
 * and target of a restore. Returns 0, -ENOMEM, -EMFILE or -ENFILE. */
int rdb_job_create(enum rdb_job_kind kind, const char *title, struct rdb_job **out);
struct rdb_job *rdb_job_ref(struct rdb_job *job);
void rdb_job_unref(struct rdb_job *job);

/* ---- called by the worker ---- */

void rdb_job_start(struct rdb_job *job);

/* Adds a table and returns its number. total: documents expected, perhaps too few; -1: unknown.
 * Returns -ENOMEM also after rdb_job_forget_tables(). */
int rdb_job_table(struct rdb_job *job, const char *db, const char *table, int64_t total);
void rdb_job_table_total(struct rdb_job *job, int number, int64_t total);
void rdb_job_table_state(
	struct rdb_job *job, int number, enum rdb_job_state state, const struct rdb_err *why);
/* Adds to the progress of a table. Cheap enough to call for every batch. */
void rdb_job_progress(struct rdb_job *job, int number, uint64_t documents, uint64_t bytes);
/* Sets a short description of the current activity ("building indexes"). */
void rdb_job_phase(struct rdb_job *job, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Stores and logs a problem that is not fatal. Stores the first 100, and at the end one more with
 * the number of those left out; facts.warnings counts the stored ones. */
void rdb_job_warn(struct rdb_job *job, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Ends the job and wakes the waiting threads. err->code is 0 on success; ECANCELED, or EINTR after
 * a cancel: cancelled; any other code: failed. */
void rdb_job_end(struct rdb_job *job, const struct rdb_err *err);

/* ---- called by observers ---- */

/* Requests cancellation: fires the cancel object that the job's connections share. */
void rdb_job_cancel(struct rdb_job *job);
/* Milliseconds left for undoing the job's work after a cancel: the remainder of a few seconds, so
 * that Ctrl-C ends a program whose server is stalled. */
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
	double seconds;          /* since the start; after the end: total */
	uint64_t documents;      /* documents in tables that did not fail */
	int64_t documents_total; /* never less than documents; -1: unknown */
	uint64_t bytes;          /* text of these documents */
	size_t tables;
	size_t tables_done;   /* with any outcome */
	size_t tables_failed; /* failed tables, which a backup lacks */
	size_t warnings;
	struct rdb_err error;
};

void rdb_job_facts(struct rdb_job *job, struct rdb_job_facts *out);

#define RDB_JOB_TABLES_KEPT 20

/* Forgets the tables of an ended job, except up to RDB_JOB_TABLES_KEPT failed ones, which are
 * renumbered. The facts about the job stay. Does nothing while the job runs. */
void rdb_job_forget_tables(struct rdb_job *job);

struct rdb_job_table_facts {
	char name[256]; /* "db.table" */
	enum rdb_job_state state;
	uint64_t documents;
	int64_t total; /* never less than documents; -1: unknown */
	uint64_t bytes;
	struct rdb_err error;
};

/* Returns 0, or -ENOENT if no table has this number. */
int rdb_job_table_facts(struct rdb_job *job, int number, struct rdb_job_table_facts *out);
int rdb_job_warning(struct rdb_job *job, size_t number, char text[RDB_ERR_TEXT]);

/* Calls ended(arg) once when the job ends, on the thread that ends it, without a lock; immediately
 * on this thread if the job has ended already. Returns 0, or -ENOMEM if it will not be called. */
int rdb_job_on_end(struct rdb_job *job, void (*ended)(void *arg), void *arg);

/* Waits for the end; returns false after ms milliseconds (< 0: no limit). */
bool rdb_job_wait(struct rdb_job *job, int ms);

#endif
