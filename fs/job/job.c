#include "job/job.h"

#include "base/log.h"
#include "base/printable.h"

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

/* Table of a job. The texts are separate allocations to save memory, because hundreds of jobs may
 * have thousands of tables. */
struct table {
	char *name;  /* "db.table" */
	char *error; /* NULL: none */
	int code;    /* its errno */
	enum rdb_job_state state;
	uint64_t documents;
	int64_t total; /* -1: unknown */
	uint64_t bytes;
};

struct rdb_job {
	atomic_uint refs;
	struct rdb_cancel cancel;
	_Atomic int64_t cancelled; /* time of cancellation by rdb_wait_now(); 0 if not cancelled */
	pthread_mutex_t lock;      /* guards everything below */
	pthread_cond_t end;        /* signalled when facts.ended is set */
	struct rdb_job_facts facts;
	struct timespec begin, finish; /* monotonic clock */
	struct table *tables;
	size_t kept; /* number of elements of tables; less than facts.tables after
			rdb_job_forget_tables() */
	struct warning *warnings;
	size_t warnings_left_out;
	struct watcher *watchers;
	size_t watcher_count;
};

const char *rdb_job_state_name(enum rdb_job_state state)
{
	static const char *const names[] = {"waiting", "running", "done", "failed", "cancelled"};

	return names[state];
}

/* ---- life ---- */

static int init_waiting(struct rdb_job *job)
{
	pthread_condattr_t attr;

	if (pthread_mutex_init(&job->lock, NULL) != 0)
		return -ENOMEM;
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	if (pthread_cond_init(&job->end, &attr) != 0) {
		pthread_mutex_destroy(&job->lock);
		return -ENOMEM;
	}
	return 0;
}

int rdb_job_create(enum rdb_job_kind kind, const char *title, struct rdb_job **out)
{
	struct rdb_job *job = calloc(1, sizeof(*job));
	int rc;

	if (!job)
		return -ENOMEM;
	atomic_init(&job->refs, 1);
	job->facts.kind = kind;
	snprintf(job->facts.title, sizeof(job->facts.title), "%s", title);
	rc = rdb_cancel_init(&job->cancel);
	if (rc != 0)
		goto fail;
	rc = init_waiting(job);
	if (rc != 0)
		goto fail_cancel;
	*out = job;
	return 0;
fail_cancel:
	rdb_cancel_destroy(&job->cancel);
fail:
	free(job);
	return rc;
}

struct rdb_job *rdb_job_ref(struct rdb_job *job)
{
	atomic_fetch_add(&job->refs, 1);
	return job;
}

static void free_table(struct table *table)
{
	free(table->name);
	free(table->error);
}

void rdb_job_unref(struct rdb_job *job)
{
	if (!job || atomic_fetch_sub(&job->refs, 1) != 1)
		return;
	pthread_cond_destroy(&job->end);
	pthread_mutex_destroy(&job->lock);
	rdb_cancel_destroy(&job->cancel);
	for (size_t i = 0; i < job->kept; i++)
		free_table(&job->tables[i]);
	free(job->tables);
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

/* Makes room for one more element. The array is doubled when count is a power of two. */
static void *grow(void *array, size_t count, size_t size)
{
	if (count & (count - 1))
		return array;
	return reallocarray(array, count ? count * 2 : 1, size);
}

int rdb_job_table(struct rdb_job *job, const char *db, const char *table, int64_t total)
{
	struct table *tables, added = {.total = total};
	int number = -ENOMEM;

	if (asprintf(&added.name, "%s.%s", db, table) < 0)
		return -ENOMEM;
	pthread_mutex_lock(&job->lock);
	tables = job->kept == job->facts.tables
			 ? grow(job->tables, job->facts.tables, sizeof(*tables))
			 : NULL;
	if (tables) {
		job->tables = tables;
		number = (int)job->facts.tables++;
		tables[job->kept++] = added;
	}
	pthread_mutex_unlock(&job->lock);
	if (number < 0)
		free_table(&added);
	return number;
}

/* Returns the table with this number, or NULL if the tables were forgotten. The caller holds the
 * lock. */
static struct table *table_of(struct rdb_job *job, int number)
{
	return job->kept == job->facts.tables ? &job->tables[number] : NULL;
}

void rdb_job_table_total(struct rdb_job *job, int number, int64_t total)
{
	struct table *table;

	pthread_mutex_lock(&job->lock);
	table = table_of(job, number);
	if (table)
		table->total = total;
	pthread_mutex_unlock(&job->lock);
}

static bool is_end(enum rdb_job_state state)
{
	return state != RDB_JOB_WAITING && state != RDB_JOB_RUNNING;
}

/* Updates the sums of the job before the table's state changes. Documents of a failed table do not
 * count, unless the table is tried again. */
static void count_documents(
	struct rdb_job *job, const struct table *table, enum rdb_job_state state)
{
	bool was = table->state != RDB_JOB_FAILED, is = state != RDB_JOB_FAILED;

	if (was == is)
		return;
	job->facts.documents += is ? table->documents : -table->documents;
	job->facts.bytes += is ? table->bytes : -table->bytes;
}

static void set_state(struct rdb_job *job, struct table *table, enum rdb_job_state state,
	const struct rdb_err *why)
{
	count_documents(job, table, state);
	job->facts.tables_done += is_end(state);
	job->facts.tables_done -= is_end(table->state);
	job->facts.tables_failed += state == RDB_JOB_FAILED;
	job->facts.tables_failed -= table->state == RDB_JOB_FAILED;
	table->state = state;
	if (!why)
		return;
	free(table->error);
	table->error = why->text[0] ? strdup(why->text) : NULL;
	table->code = why->code;
}

void rdb_job_table_state(
	struct rdb_job *job, int number, enum rdb_job_state state, const struct rdb_err *why)
{
	struct table *table;

	pthread_mutex_lock(&job->lock);
	table = table_of(job, number);
	if (table)
		set_state(job, table, state, why);
	pthread_mutex_unlock(&job->lock);
}

void rdb_job_progress(struct rdb_job *job, int number, uint64_t documents, uint64_t bytes)
{
	struct table *table;

	pthread_mutex_lock(&job->lock);
	table = table_of(job, number);
	if (table) {
		table->documents += documents;
		table->bytes += bytes;
	}
	if (!table || table->state != RDB_JOB_FAILED) {
		job->facts.documents += documents;
		job->facts.bytes += bytes;
	}
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

/* Appends a warning. The caller holds the lock. */
static void add_warning(struct rdb_job *job, const struct warning *warning)
{
	struct warning *warnings;

	warnings = grow(job->warnings, job->facts.warnings, sizeof(*warnings));
	if (!warnings)
		return;
	job->warnings = warnings;
	warnings[job->facts.warnings++] = *warning;
}

/* Appends a warning, or only counts it when the limit is reached. The caller holds the lock. */
static void keep_warning(struct rdb_job *job, const struct warning *warning)
{
	if (job->facts.warnings < WARNINGS_MAX)
		add_warning(job, warning);
	else
		job->warnings_left_out++;
}

/* Appends a warning with the number of warnings left out. The caller holds the lock. */
static void tell_left_out(struct rdb_job *job)
{
	struct warning warning;

	if (!job->warnings_left_out)
		return;
	snprintf(warning.text, sizeof(warning.text), "%zu more warnings are left out here",
		job->warnings_left_out);
	add_warning(job, &warning);
}

/* Splits a warning about a table of the job, "DATABASE.TABLE: text". Copies the name and returns
 * the text. Returns NULL if the warning does not begin with the name of a table. The caller holds
 * the lock. */
static const char *table_of_warning(
	const struct rdb_job *job, const char *text, char name[RDB_ERR_TEXT])
{
	for (size_t i = 0; i < job->kept; i++) {
		const char *table = job->tables[i].name;
		size_t len = strlen(table);

		if (strncmp(text, table, len) == 0 && strncmp(text + len, ": ", 2) == 0) {
			snprintf(name, RDB_ERR_TEXT, "%s", table);
			return text + len + 2;
		}
	}
	return NULL;
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
	keep_warning(job, &warning);
	words = table_of_warning(job, warning.text, table);
	pthread_mutex_unlock(&job->lock);
	rdb_log_about(RDB_LOG_WARNING, job->facts.title, words ? table : NULL, "%s",
		words ? words : warning.text);
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

/* Sets the final state unless it is set already. Returns the watchers to call, and stores their
 * number in *count. */
static struct watcher *end(struct rdb_job *job, const struct rdb_err *err, size_t *count)
{
	struct watcher *watchers = NULL;

	pthread_mutex_lock(&job->lock);
	*count = 0;
	if (!is_end(job->facts.state)) {
		job->facts.state = outcome(job, err);
		tell_left_out(job);
		if (err)
			job->facts.error = *err;
		job->facts.ended = time(NULL);
		clock_gettime(CLOCK_MONOTONIC, &job->finish);
		watchers = job->watchers;
		*count = job->watcher_count;
		job->watchers = NULL;
		job->watcher_count = 0;
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

/* Returns the number of documents expected in a table. The number is at least the number processed,
 * because an estimate may be too low. */
static int64_t table_total(const struct table *table)
{
	int64_t documents = (int64_t)table->documents;

	return table->total >= 0 && table->total < documents ? documents : table->total;
}

/* Returns the number of documents expected in all tables, or -1 if the number of one table is
 * unknown. */
static int64_t documents_total(const struct rdb_job *job)
{
	int64_t sum = 0;

	if (!job->facts.tables)
		return -1;
	for (size_t i = 0; i < job->facts.tables; i++) {
		int64_t total = table_total(&job->tables[i]);
		if (total < 0 || __builtin_add_overflow(sum, total, &sum))
			return -1;
	}
	return sum;
}

void rdb_job_facts(struct rdb_job *job, struct rdb_job_facts *out)
{
	struct timespec now;

	pthread_mutex_lock(&job->lock);
	*out = job->facts;
	if (job->kept == job->facts.tables)
		out->documents_total = documents_total(job);
	if (out->started) {
		clock_gettime(CLOCK_MONOTONIC, &now);
		out->seconds = seconds_between(&job->begin, out->ended ? &job->finish : &now);
	}
	pthread_mutex_unlock(&job->lock);
}

/* Frees the tables, except some of the failed ones. The caller holds the lock. */
static void forget_tables(struct rdb_job *job)
{
	struct table *fewer;
	size_t kept = 0;

	job->facts.documents_total = documents_total(job);
	for (size_t i = 0; i < job->kept; i++) {
		if (job->tables[i].state == RDB_JOB_FAILED && kept < RDB_JOB_TABLES_KEPT)
			job->tables[kept++] = job->tables[i];
		else
			free_table(&job->tables[i]);
	}
	if (kept == job->kept)
		return;
	job->kept = kept;
	fewer = reallocarray(job->tables, kept + 1, sizeof(*fewer));
	if (fewer)
		job->tables = fewer;
}

void rdb_job_forget_tables(struct rdb_job *job)
{
	pthread_mutex_lock(&job->lock);
	if (is_end(job->facts.state) && job->kept && job->kept == job->facts.tables)
		forget_tables(job);
	pthread_mutex_unlock(&job->lock);
}

static void copy_facts(const struct table *table, struct rdb_job_table_facts *out)
{
	*out = (struct rdb_job_table_facts){
		.state = table->state,
		.documents = table->documents,
		.total = table_total(table),
		.bytes = table->bytes,
		.error = {.code = table->code},
	};
	snprintf(out->name, sizeof(out->name), "%s", table->name);
	snprintf(out->error.text, sizeof(out->error.text), "%s", table->error ? table->error : "");
}

int rdb_job_table_facts(struct rdb_job *job, int number, struct rdb_job_table_facts *out)
{
	int rc = -ENOENT;

	pthread_mutex_lock(&job->lock);
	if (number >= 0 && (size_t)number < job->kept) {
		copy_facts(&job->tables[number], out);
		rc = 0;
	}
	pthread_mutex_unlock(&job->lock);
	return rc;
}

int rdb_job_warning(struct rdb_job *job, size_t number, char text[RDB_ERR_TEXT])
{
	int rc = -ENOENT;

	pthread_mutex_lock(&job->lock);
	if (number < job->facts.warnings) {
		memcpy(text, job->warnings[number].text, RDB_ERR_TEXT);
		rc = 0;
	}
	pthread_mutex_unlock(&job->lock);
	return rc;
}

/* Adds a watcher. Returns 1 if it was added, 0 if the job has ended already, or -ENOMEM. */
static int keep_watcher(struct rdb_job *job, struct watcher watcher)
{
	struct watcher *watchers;
	int rc = 0;

	pthread_mutex_lock(&job->lock);
	if (!is_end(job->facts.state)) {
		watchers = grow(job->watchers, job->watcher_count, sizeof(*watchers));
		rc = watchers ? 1 : -ENOMEM;
	}
	if (rc == 1) {
		job->watchers = watchers;
		watchers[job->watcher_count++] = watcher;
	}
	pthread_mutex_unlock(&job->lock);
	return rc;
}

int rdb_job_on_end(struct rdb_job *job, void (*ended)(void *arg), void *arg)
{
	int rc = keep_watcher(job, (struct watcher){ended, arg});

	if (rc < 0)
		return rc;
	if (rc == 0)
		ended(arg);
	return 0;
}

static struct timespec in_ms(int ms)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	at.tv_sec += ms / 1000;
	at.tv_nsec += ms % 1000 * 1000000L;
	at.tv_sec += at.tv_nsec / 1000000000L;
	at.tv_nsec %= 1000000000L;
	return at;
}

bool rdb_job_wait(struct rdb_job *job, int ms)
{
	struct timespec until = in_ms(ms < 0 ? 0 : ms);
	bool ended;
	int rc = 0;

	pthread_mutex_lock(&job->lock);
	while (!is_end(job->facts.state) && rc != ETIMEDOUT)
		rc = ms < 0 ? pthread_cond_wait(&job->end, &job->lock)
			    : pthread_cond_timedwait(&job->end, &job->lock, &until);
	ended = is_end(job->facts.state);
	pthread_mutex_unlock(&job->lock);
	return ended;
}
