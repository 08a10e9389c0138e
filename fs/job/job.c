#include "job/job.h"

#include "base/array.h"
#include "base/condition.h"
#include "base/log.h"
#include "base/printable.h"
#include "job/job_tables.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WARNINGS_MAX 100
#define UNDO_MS 10000
#define UNDO_LEAST_MS 500

struct watcher {
	void (*ended)(void *arg);
	void *arg;
};

struct warning {
	char text[RDB_ERR_TEXT];
};

struct rdb_job {
	atomic_uint refs;
	struct rdb_cancel cancel;
	_Atomic int64_t cancelled; /* time of cancellation by rdb_wait_now(); 0 if not cancelled */
	pthread_mutex_t lock;      /* guards everything below */
	pthread_cond_t end;        /* signalled when facts.ended is set */
	struct rdb_job_facts facts;
	struct timespec begin, finish; /* monotonic clock */
	struct rdb_job_tables tables;
	struct warning *warnings;
	size_t warnings_cap;
	size_t warnings_left_out;
	struct watcher *watchers;
	size_t watcher_count, watcher_cap;
};

const char *rdb_job_state_name(enum rdb_job_state state)
{
	static const char *const names[] = {"waiting", "running", "done", "failed", "cancelled"};

	return names[state];
}

/* ---- life ---- */

int rdb_job_create(enum rdb_job_kind kind, const char *title, struct rdb_job **out)
{
	struct rdb_job *job = calloc(1, sizeof(*job));
	int ret = job ? rdb_cancel_init(&job->cancel) : -ENOMEM;

	if (ret != 0) {
		free(job);
		return ret;
	}
	atomic_init(&job->refs, 1);
	job->facts.kind = kind;
	snprintf(job->facts.title, sizeof(job->facts.title), "%s", title);
	pthread_mutex_init(&job->lock, NULL);
	rdb_condition_init(&job->end);
	*out = job;
	return 0;
}

struct rdb_job *rdb_job_ref(struct rdb_job *job)
{
	atomic_fetch_add(&job->refs, 1);
	return job;
}

void rdb_job_unref(struct rdb_job *job)
{
	if (!job || atomic_fetch_sub(&job->refs, 1) != 1)
		return;
	pthread_cond_destroy(&job->end);
	pthread_mutex_destroy(&job->lock);
	rdb_cancel_destroy(&job->cancel);
	rdb_job_tables_free(&job->tables);
	free(job->warnings);
	free(job->watchers);
	free(job);
}

/* ---- called by the worker ---- */

void rdb_job_start(struct rdb_job *job)
{
	pthread_mutex_lock(&job->lock);
	if (job->facts.state == RDB_JOB_WAITING) {
		job->facts.state = RDB_JOB_RUNNING;
		job->facts.started = time(NULL);
		clock_gettime(CLOCK_MONOTONIC, &job->begin);
	}
	pthread_mutex_unlock(&job->lock);
}

int rdb_job_table(struct rdb_job *job, const char *db, const char *table, int64_t total)
{
	int number;

	pthread_mutex_lock(&job->lock);
	number = rdb_job_tables_add(&job->tables, &job->facts, db, table, total);
	pthread_mutex_unlock(&job->lock);
	return number;
}

void rdb_job_table_total(struct rdb_job *job, int number, int64_t total)
{
	pthread_mutex_lock(&job->lock);
	rdb_job_tables_set_total(&job->tables, &job->facts, number, total);
	pthread_mutex_unlock(&job->lock);
}

static enum rdb_job_state outcome(struct rdb_job *job, const struct rdb_err *err)
{
	if (!err || err->code == 0)
		return RDB_JOB_DONE;
	if (err->code == ECANCELED || err->code == EINTR)
		if (rdb_cancel_fired(&job->cancel))
			return RDB_JOB_CANCELLED;
	return RDB_JOB_FAILED;
}

void rdb_job_table_state(
	struct rdb_job *job, int number, enum rdb_job_state state, const struct rdb_err *why)
{
	if (state == RDB_JOB_FAILED && why)
		state = outcome(job, why);
	pthread_mutex_lock(&job->lock);
	rdb_job_tables_set_state(&job->tables, &job->facts, number, state, why);
	pthread_mutex_unlock(&job->lock);
}

void rdb_job_progress(struct rdb_job *job, int number, uint64_t documents, uint64_t bytes)
{
	pthread_mutex_lock(&job->lock);
	rdb_job_tables_count(&job->tables, &job->facts, number, documents, bytes);
	pthread_mutex_unlock(&job->lock);
}

void rdb_job_phase(struct rdb_job *job, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	pthread_mutex_lock(&job->lock);
	vsnprintf(job->facts.phase, sizeof(job->facts.phase), fmt, args);
	pthread_mutex_unlock(&job->lock);
	va_end(args);
}

static void add_warning(struct rdb_job *job, const struct warning *warning)
{
	if (rdb_array_grow(&job->warnings, &job->warnings_cap, job->facts.warnings,
		    sizeof(*job->warnings)) == 0)
		job->warnings[job->facts.warnings++] = *warning;
}

/* The caller holds job->lock. */
static void report_left_out(struct rdb_job *job)
{
	struct warning warning;

	if (!job->warnings_left_out)
		return;
	snprintf(warning.text, sizeof(warning.text), "%zu more warnings are left out here",
		job->warnings_left_out);
	add_warning(job, &warning);
}

void rdb_job_warn(struct rdb_job *job, const char *fmt, ...)
{
	struct warning warning;
	char table[RDB_ERR_TEXT];
	const char *words;
	va_list args;

	va_start(args, fmt);
	vsnprintf(warning.text, sizeof(warning.text), fmt, args);
	va_end(args);
	rdb_printable(warning.text, strlen(warning.text));
	pthread_mutex_lock(&job->lock);
	if (job->facts.warnings < WARNINGS_MAX)
		add_warning(job, &warning);
	else
		job->warnings_left_out++;
	words = rdb_job_tables_split(&job->tables, warning.text, table);
	pthread_mutex_unlock(&job->lock);
	rdb_log_about(RDB_LOG_WARNING, job->facts.title, words ? table : NULL, "%s",
		words ? words : warning.text);
}

/* Marks the job as ended, and takes the job's watchers. The caller must call each watcher's
 * function and free the returned array. */
static struct watcher *end(struct rdb_job *job, const struct rdb_err *err, size_t *count)
{
	struct watcher *watchers = NULL;

	pthread_mutex_lock(&job->lock);
	*count = 0;
	if (!rdb_job_state_is_end(job->facts.state)) {
		job->facts.state = outcome(job, err);
		report_left_out(job);
		if (err)
			job->facts.error = *err;
		job->facts.ended = time(NULL);
		clock_gettime(CLOCK_MONOTONIC, &job->finish);
		watchers = job->watchers;
		*count = job->watcher_count;
		job->watchers = NULL;
		job->watcher_count = job->watcher_cap = 0;
		pthread_cond_broadcast(&job->end);
	}
	pthread_mutex_unlock(&job->lock);
	return watchers;
}

void rdb_job_end(struct rdb_job *job, const struct rdb_err *err)
{
	size_t count;
	struct watcher *watchers = end(job, err, &count);

	for (size_t i = 0; i < count; i++)
		watchers[i].ended(watchers[i].arg);
	free(watchers);
}

/* ---- called by observers ---- */

void rdb_job_cancel(struct rdb_job *job)
{
	int64_t never = 0;

	atomic_compare_exchange_strong(&job->cancelled, &never, rdb_wait_now());
	rdb_cancel_fire(&job->cancel);
}

int rdb_job_undo_ms(struct rdb_job *job)
{
	const int64_t cancelled = atomic_load(&job->cancelled);
	int64_t left = UNDO_MS;

	if (cancelled)
		left -= rdb_wait_now() - cancelled;
	return left > UNDO_LEAST_MS ? (int)left : UNDO_LEAST_MS;
}

bool rdb_job_is_cancelled(struct rdb_job *job)
{
	return rdb_cancel_fired(&job->cancel);
}

struct rdb_cancel *rdb_job_cancel_object(struct rdb_job *job)
{
	return &job->cancel;
}

static double seconds_between(const struct timespec *from, const struct timespec *to)
{
	return (double)(to->tv_sec - from->tv_sec) + (double)(to->tv_nsec - from->tv_nsec) / 1e9;
}

void rdb_job_facts(struct rdb_job *job, struct rdb_job_facts *out)
{
	struct timespec now;

	pthread_mutex_lock(&job->lock);
	*out = job->facts;
	out->documents_total = rdb_job_tables_total(&job->tables, &job->facts);
	if (out->started) {
		clock_gettime(CLOCK_MONOTONIC, &now);
		out->seconds = seconds_between(&job->begin, out->ended ? &job->finish : &now);
	}
	pthread_mutex_unlock(&job->lock);
}

void rdb_job_forget_tables(struct rdb_job *job)
{
	pthread_mutex_lock(&job->lock);
	if (rdb_job_state_is_end(job->facts.state))
		rdb_job_tables_forget(&job->tables, &job->facts);
	pthread_mutex_unlock(&job->lock);
}

int rdb_job_table_facts(struct rdb_job *job, int number, struct rdb_job_table_facts *out)
{
	int ret;

	pthread_mutex_lock(&job->lock);
	ret = rdb_job_tables_get(&job->tables, number, out);
	pthread_mutex_unlock(&job->lock);
	return ret;
}

int rdb_job_warning(struct rdb_job *job, size_t number, char text[RDB_ERR_TEXT])
{
	int ret = -ENOENT;

	pthread_mutex_lock(&job->lock);
	if (number < job->facts.warnings) {
		memcpy(text, job->warnings[number].text, RDB_ERR_TEXT);
		ret = 0;
	}
	pthread_mutex_unlock(&job->lock);
	return ret;
}

int rdb_job_on_end(struct rdb_job *job, void (*ended)(void *arg), void *arg)
{
	bool too_late;
	int ret = 0;

	pthread_mutex_lock(&job->lock);
	too_late = rdb_job_state_is_end(job->facts.state);
	if (!too_late)
		ret = rdb_array_grow(&job->watchers, &job->watcher_cap, job->watcher_count,
			sizeof(*job->watchers));
	if (!too_late && ret == 0)
		job->watchers[job->watcher_count++] = (struct watcher){ended, arg};
	pthread_mutex_unlock(&job->lock);
	if (too_late)
		ended(arg);
	return ret;
}

bool rdb_job_wait(struct rdb_job *job, int ms)
{
	int64_t until = ms < 0 ? INT64_MAX : rdb_wait_now() + ms;
	bool ended;
	int ret = 0;

	pthread_mutex_lock(&job->lock);
	while (!rdb_job_state_is_end(job->facts.state) && ret != -ETIMEDOUT)
		ret = rdb_condition_wait(&job->end, &job->lock, until);
	ended = rdb_job_state_is_end(job->facts.state);
	pthread_mutex_unlock(&job->lock);
	return ended;
}
