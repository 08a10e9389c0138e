/*
 * What a dump or a restore tells about itself while it runs, for .rdbfs/status, backup-now and
 * the terminal, and how it is cancelled. A job is shared by reference; the work itself is
 * elsewhere (dump.h, restore.h).
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

/* title: what people see: the backup's name, or what is restored where. One reference. 0,
 * -ENOMEM, -EMFILE, -ENFILE. */
int rdb_job_create(enum rdb_job_kind kind, const char *title, struct rdb_job **out);
struct rdb_job *rdb_job_ref(struct rdb_job *job);
void rdb_job_unref(struct rdb_job *job);

/* ---- by the work ---- */

void rdb_job_start(struct rdb_job *job);

/* One more table: returns its number. total: documents expected, which may be too few; -1 unknown.
 * -ENOMEM, also once tables were forgotten. */
int rdb_job_table(struct rdb_job *job, const char *db, const char *table, int64_t total);
void rdb_job_table_total(struct rdb_job *job, int number, int64_t total);
void rdb_job_table_state(
	struct rdb_job *job, int number, enum rdb_job_state state, const struct rdb_err *why);
/* What came in addition to what was told before. Cheap: may be called for every batch. */
void rdb_job_progress(struct rdb_job *job, int number, uint64_t documents, uint64_t bytes);
/* What it does besides tables ("building indexes"), in a few words. */
void rdb_job_phase(struct rdb_job *job, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Something that isn't fatal; kept and logged. Of more than 100 the first are kept, and at the end
 * one more that tells how many are left out; facts.warnings counts those that are there. */
void rdb_job_warn(struct rdb_job *job, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* err->code 0: done; ECANCELED or EINTR after a cancel: cancelled; else failed. Wakes who waits. */
void rdb_job_end(struct rdb_job *job, const struct rdb_err *err);

/* ---- by those who watch ---- */

/* Asks it to stop. Fires the cancel object, which its connections have. */
void rdb_job_cancel(struct rdb_job *job);
/* ms that undoing what the job has begun may take: what remains of some seconds since it was
 * cancelled, so that Ctrl-C ends a program whose server is stalled. */
int rdb_job_undo_ms(struct rdb_job *job);
bool rdb_job_is_cancelled(struct rdb_job *job);
struct rdb_cancel *rdb_job_cancel_object(struct rdb_job *job);

struct rdb_job_facts {
	enum rdb_job_kind kind;
	enum rdb_job_state state;
	char title[256];
	char phase[128];
	time_t started; /* 0: not yet */
	time_t ended;   /* 0: not yet */
	double seconds; /* since the start, or in all */
	uint64_t documents;
	int64_t documents_total; /* documents at least; -1: unknown */
	uint64_t bytes;          /* of document text */
	size_t tables;
	size_t tables_done;   /* whichever way they ended */
	size_t tables_failed; /* of these; a backup doesn't have them */
	size_t warnings;
	struct rdb_err error;
};

void rdb_job_facts(struct rdb_job *job, struct rdb_job_facts *out);

#define RDB_JOB_TABLES_KEPT 20

/* Forgets the tables of a job that has ended, but for so many of those that failed: they are
 * numbered anew. The facts about the job itself stay. Does nothing while it runs. */
void rdb_job_forget_tables(struct rdb_job *job);

struct rdb_job_table_facts {
	char name[256]; /* "db.table" */
	enum rdb_job_state state;
	uint64_t documents;
	int64_t total; /* documents at least; -1: unknown */
	uint64_t bytes;
	struct rdb_err error;
};

/* -ENOENT behind the last one that is not forgotten. */
int rdb_job_table_facts(struct rdb_job *job, int number, struct rdb_job_table_facts *out);
int rdb_job_warning(struct rdb_job *job, size_t number, char text[RDB_ERR_TEXT]);

/* Calls ended(arg) once when the job ends; at once, on this thread, when it has. Else on the
 * thread that ends it, without a lock held. 0; -ENOMEM: it will not be called. */
int rdb_job_on_end(struct rdb_job *job, void (*ended)(void *arg), void *arg);

/* Waits for the end; false after so many ms (<0: never gives up). */
bool rdb_job_wait(struct rdb_job *job, int ms);

#endif
