#include "schedule/keeper.h"

#include "base/log.h"
#include "base/thread.h"
#include "job/stamp.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAP_MAX 30         /* seconds until the clock is read again: it may have been set */
#define RETRY_FIRST 60     /* seconds */
#define RETRY_MAX 3600     /* seconds */
#define SHOWN_MAX 5        /* seconds within which a new backup must be in the listing */
#define ROOM_MIN (1 << 20) /* bytes of free space below which no backup starts */

/* Copies of names in one block of memory. */
struct names {
	char **list;
	size_t count;
};

/* A backup that was requested. */
struct order {
	const char *type;
	enum rdb_period period; /* RDB_PERIODS: on demand */
	struct names names;
	struct rdb_job *job;
	uint64_t bytes; /* size of the archive */
	struct rdb_stamp stamp;
	char triggered[256]; /* file of a backup that a service made; "": not known yet */
	const char *file;    /* file name in the stamp's path */
	rdb_keeper_answer answer;
	void *arg;
};

struct waiter {
	rdb_keeper_answer settled;
	void *arg;
	struct waiter *next;
};

struct rdb_keeper {
	struct rdb_keeper_config config;
	struct rdb_keeper_hooks hooks;
	pthread_t thread;
	bool started;
	bool told_strangers;              /* used by the thread only */
	uint64_t arrivals;                /* of the store, as last seen; used by the thread only */
	struct rdb_types_lineage lineage; /* scope and cluster of scheduled backups; used by the
					     keeper's thread only; zeros at first */
	struct rdb_cancel stop;           /* fired when the keeper is stopped */

	pthread_mutex_t lock; /* guards the rest */
	pthread_cond_t news;
	bool running; /* the thread runs and accepts orders */
	bool stopping;
	bool woken;
	struct order *asked;    /* the next order */
	bool busy;              /* an order is being carried out */
	struct rdb_job *job;    /* job of the current backup, or of the last one */
	struct rdb_err outcome; /* outcome of the last backup */
	struct waiter *waiters;
	struct rdb_schedule_taken
		made; /* latest scheduled times, made or skipped, since the start */
	struct rdb_schedule_run next;
	unsigned failures;
	time_t retry;
	struct rdb_err error;
};

/* ---- orders ---- */

static void free_names(struct names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->list[i]);
	free(names->list);
}

static bool copy_names(struct names *out, const char *const *names, size_t count)
{
	out->list = calloc(count + 1, sizeof(out->list[0]));
	if (!out->list)
		return false;
	for (; out->count < count; out->count++) {
		out->list[out->count] = strdup(names[out->count]);
		if (!out->list[out->count])
			return false;
	}
	return true;
}

static void free_order(struct order *order)
{
	if (!order)
		return;
	free_names(&order->names);
	rdb_job_unref(order->job);
	free(order);
}

static time_t now(const struct rdb_keeper *keeper)
{
	return keeper->config.now ? keeper->config.now() : time(NULL);
}

static bool is_listed(struct rdb_keeper *keeper, const char *file)
{
	struct rdb_store *store = keeper->config.store;
	const struct rdb_listing *listing;
	bool listed;

	if (rdb_store_list(store, &listing, NULL) != 0)
		return false;
	listed = rdb_listing_find_file(listing, file) != NULL;
	rdb_listing_unref(listing);
	return listed;
}

static struct order *new_order(
	struct rdb_keeper *keeper, enum rdb_period period, const char *const *names, size_t count)
{
	struct order *order = calloc(1, sizeof(*order));
	char title[64];

	if (!order)
		return NULL;
	order->period = period;
	order->type = period == RDB_PERIODS ? RDB_TYPE_ON_DEMAND : rdb_period_name(period);
	order->stamp = (struct rdb_stamp){.at = now(keeper)};
	order->file = order->stamp.file;
	do
		rdb_stamp_next(&order->stamp);
	while (is_listed(keeper, order->file));
	snprintf(title, sizeof(title), "%.*s", (int)(strlen(order->file) - strlen(".tar.gz")),
		order->file);
	if (rdb_store_can_trigger(keeper->config.store))
		snprintf(title, sizeof(title), "by the service");
	if (!copy_names(&order->names, names, count) ||
		rdb_job_create(RDB_JOB_BACKUP, title, &order->job) != 0) {
		free_order(order);
		return NULL;
	}
	return order;
}

static void answer(struct order *order, const struct rdb_err *err)
{
	if (order->answer)
		order->answer(order->arg, err);
	order->answer = NULL;
}

/* ---- carrying one out ---- */

static int check_room(struct rdb_keeper *keeper, struct rdb_err *err)
{
	struct rdb_store *store = keeper->config.store;
	uint64_t total, room;

	if (rdb_store_space(store, &total, &room) != 0 || room >= ROOM_MIN)
		return 0;
	return rdb_err_set(err, ENOSPC, "no space is left in %s", store->where);
}

static int check(struct rdb_keeper *keeper, struct rdb_dump_options *options, struct order *order,
	struct rdb_err *err)
{
	int ret = check_room(keeper, err);

	if (ret == 0)
		ret = rdb_dump_check(options, rdb_job_cancel_object(order->job), err);
	if (ret == -ECONNRESET) /* rdb_dump_run() has already retried a lost connection */
		ret = 0;
	if (ret == 0)
		rdb_err_clear(err);
	return ret;
}

/* ---- one that a hosting service makes ---- */

static void trigger_warn(void *arg, const char *words)
{
	struct order *order = arg;

	rdb_job_warn(order->job, "%s", words);
}

static void trigger_began(void *arg)
{
	const struct rdb_err none = {.code = 0};

	answer(arg, &none);
}

static void trigger_progress(void *arg, const char *words)
{
	struct order *order = arg;

	rdb_job_phase(order->job, "%s", words);
}

static int trigger(struct rdb_keeper *keeper, struct order *order, struct rdb_err *err)
{
	struct rdb_store_trigger ask = {
		.cancel = rdb_job_cancel_object(order->job),
		.warn = trigger_warn,
		.began = trigger_began,
		.progress = trigger_progress,
		.arg = order,
	};
	int ret;

	rdb_job_start(order->job);
	rdb_job_phase(order->job, "asking the service");
	if (order->names.count)
		ret = rdb_err_set(err, EINVAL,
			"the service makes backups of everything: write a newline, without names");
	else
		ret = rdb_store_trigger(keeper->config.store, &ask, err);
	if (ret == 0) {
		rdb_err_clear(err);
		snprintf(order->triggered, sizeof(order->triggered), "%s", ask.file);
		order->file = order->triggered;
	}
	rdb_job_phase(order->job, "%s", "");
	rdb_job_end(order->job, err);
	answer(order, err);
	return ret;
}

/* ---- one of our own ---- */

static int dump(struct rdb_keeper *keeper, struct order *order, struct rdb_err *err)
{
	struct rdb_dump_options options = keeper->config.dump;
	int ret;

	options.scope.only = (const char *const *)order->names.list;
	options.scope.only_count = order->names.count;
	options.store = keeper->config.store;
	options.file = order->file;
	options.stamp = &order->stamp;
	options.top = NULL;
	options.type = order->type;
	options.archive_bytes = &order->bytes;
	options.overwrite = false;
	rdb_job_start(order->job);
	rdb_job_phase(order->job, "connecting to %s", rdb_cluster_name(options.cluster));
	ret = check(keeper, &options, order, err);
	if (ret != 0) {
		rdb_job_phase(order->job, "%s", "");
		rdb_job_end(order->job, err);
		answer(order, err);
		return ret;
	}
	answer(order, err);
	return rdb_dump_run(&options, order->job, err);
}

static int make(struct rdb_keeper *keeper, struct order *order, struct rdb_err *err)
{
	return rdb_store_can_trigger(keeper->config.store) ? trigger(keeper, order, err)
							   : dump(keeper, order, err);
}

static void wait_until_listed(struct rdb_keeper *keeper, const char *file)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += SHOWN_MAX;
	while (!is_listed(keeper, file)) {
		int rc = 0;

		pthread_mutex_lock(&keeper->lock);
		while (!keeper->woken && !keeper->stopping && rc == 0)
			rc = pthread_cond_timedwait(&keeper->news, &keeper->lock, &until);
		keeper->woken = false;
		if (keeper->stopping)
			rc = ETIMEDOUT;
		pthread_mutex_unlock(&keeper->lock);
		if (rc != 0)
			return;
	}
}

/* Record the type, so that the archive need not be read. */
static void learn_type(struct rdb_keeper *keeper, const char *file)
{
	struct rdb_store *store = keeper->config.store;
	const struct rdb_listing *listing;
	const struct rdb_entry *entry;
	struct rdb_types_lineage lineage;
	char type[RDB_TYPE_MAX];

	if (rdb_store_list(store, &listing, NULL) != 0)
		return;
	entry = rdb_listing_find_file(listing, file);
	if (entry) {
		rdb_types_get(keeper->config.types, entry, type);
		rdb_types_lineage(keeper->config.types, entry, &lineage, NULL);
	}
	rdb_listing_unref(listing);
}

static void apply_retention(struct rdb_keeper *keeper)
{
	const struct rdb_keeper_hooks *hooks = &keeper->hooks;
	struct rdb_err err = {0};

	if (!rdb_store_can_remove(keeper->config.store))
		return;
	if (rdb_retention_apply(keeper->config.store, keeper->config.types, &keeper->config.rules,
		    now(keeper), hooks->damaged, hooks->arg, &err) < 0)
		rdb_log_error("old backups could not be removed: %s", err.text);
}

static void tidy_up(struct rdb_keeper *keeper, const struct order *order)
{
	wait_until_listed(keeper, order->file);
	learn_type(keeper, order->file);
	apply_retention(keeper);
}

static time_t pause_after(unsigned failures)
{
	time_t pause = RETRY_FIRST;

	while (--failures && pause < RETRY_MAX)
		pause *= 2;
	return pause < RETRY_MAX ? pause : RETRY_MAX;
}

/* Records a run of the schedule. A cancelled run is not repeated: its time has passed. The caller
 * holds the lock. */
static void note_scheduled(
	struct rdb_keeper *keeper, const struct order *order, const struct rdb_err *err)
{
	if (err->code == 0 || rdb_job_is_cancelled(order->job)) {
		keeper->made.at[order->period] = now(keeper);
		keeper->failures = 0;
		keeper->retry = 0;
		keeper->error = (struct rdb_err){0};
	} else {
		keeper->failures++;
		keeper->retry = now(keeper) + pause_after(keeper->failures);
		keeper->error = *err;
	}
}

static void tell_all(struct waiter *waiters, const struct rdb_err *err)
{
	struct waiter *next;

	for (; waiters; waiters = next) {
		next = waiters->next;
		waiters->settled(waiters->arg, err);
		free(waiters);
	}
}

static void settle(struct rdb_keeper *keeper, const struct order *order, const struct rdb_err *err)
{
	struct waiter *waiters = NULL;

	pthread_mutex_lock(&keeper->lock);
	if (order->period != RDB_PERIODS)
		note_scheduled(keeper, order, err);
	keeper->busy = false;
	keeper->outcome = *err;
	if (!keeper->asked) {
		waiters = keeper->waiters;
		keeper->waiters = NULL;
	}
	pthread_mutex_unlock(&keeper->lock);
	tell_all(waiters, err);
}

static void count_backups(struct rdb_keeper *keeper)
{
	rdb_monitor_count(keeper->config.monitor, keeper->config.store, keeper->config.types,
		keeper->hooks.damaged, keeper->hooks.arg);
}

static void carry_out(struct rdb_keeper *keeper, struct order *order)
{
	struct rdb_err err = {0};
	int ret;

	rdb_monitor_begin(keeper->config.monitor, order->type);
	ret = make(keeper, order, &err);
	rdb_monitor_end(keeper->config.monitor, order->type, order->job, order->bytes);
	if (ret == 0) {
		rdb_log_info("%s backup %s is complete", order->type, order->file);
		tidy_up(keeper, order);
	} else if (rdb_job_is_cancelled(order->job)) {
		rdb_log_info("%s backup %s was cancelled", order->type, order->file);
	} else {
		rdb_log_error("the %s backup %s failed: %s", order->type, order->file, err.text);
	}
	count_backups(keeper);
	settle(keeper, order, &err);
	free_order(order);
}

/* Applies retention after the store itself has added backups. */
static void welcome_arrivals(struct rdb_keeper *keeper)
{
	struct rdb_store_state state;

	rdb_store_state(keeper->config.store, &state);
	if (state.arrivals == keeper->arrivals)
		return;
	keeper->arrivals = state.arrivals;
	apply_retention(keeper);
	count_backups(keeper);
}

/* ---- the next run ---- */

/* Returns whether a backup can replace a run of this schedule: it has the scope and the cluster, as
 * far as known. */
static bool is_of_schedule(struct rdb_keeper *keeper, const struct rdb_entry *entry)
{
	struct rdb_types_lineage lineage;

	if (rdb_types_lineage(keeper->config.types, entry, &lineage, NULL) != 0)
		return true;
	if (!rdb_scope_covers(lineage.scope, &keeper->config.dump.scope))
		return false;
	return !lineage.cluster || !keeper->lineage.cluster ||
	       lineage.cluster == keeper->lineage.cluster;
}

/* Returns 1 for a scheduled backup that was made in another folder. That backup counts too:
 * otherwise every type would be due after a folder was moved. */
static size_t look_at(struct rdb_keeper *keeper, const struct rdb_entry *entry, time_t latest,
	struct rdb_schedule_taken *taken)
{
	char type[RDB_TYPE_MAX];
	bool home = rdb_types_made(keeper->config.types, entry, type);
	enum rdb_period period = rdb_period_find(type);

	if (period == RDB_PERIODS)
		return 0;
	if (entry->taken <= latest && entry->taken > taken->at[period] &&
		is_of_schedule(keeper, entry))
		taken->at[period] = entry->taken;
	return !home;
}

/* Returns whether the cluster of any scheduled backup is known, so that the schedule's own cluster
 * is needed. */
static bool knows_cluster(struct rdb_keeper *keeper, const struct rdb_entry *entry)
{
	struct rdb_types_lineage lineage = {.cluster = 0};
	char type[RDB_TYPE_MAX];

	rdb_types_made(keeper->config.types, entry, type);
	return rdb_period_find(type) != RDB_PERIODS &&
	       rdb_types_lineage(keeper->config.types, entry, &lineage, NULL) == 0 &&
	       lineage.cluster;
}

/* Queries the cluster's identity once. Until the cluster answers, every backup counts as made of
 * this cluster. */
static void learn_cluster(struct rdb_keeper *keeper, const struct rdb_listing *listing)
{
	struct rdb_lineage *lineage;
	bool matters = false;

	for (size_t i = 0; i < listing->count && !matters && !keeper->lineage.scope; i++)
		matters = knows_cluster(keeper, listing->entries[i]);
	if (!matters || rdb_dump_lineage(&keeper->config.dump, &keeper->stop, &lineage, NULL) != 0)
		return;
	rdb_types_lineage_of(keeper->config.types, lineage, &keeper->lineage);
}

/* Warn once, so that the operator knows before the disk is full. */
static void tell_strangers(struct rdb_keeper *keeper, size_t strangers)
{
	if (!strangers || keeper->told_strangers || !rdb_retention_has_rules(&keeper->config.rules))
		return;
	keeper->told_strangers = true;
	rdb_log_warning(
		"in %s, %zu of the scheduled backups were made in another folder, or were moved or "
		"copied: the schedule counts them, but retention never removes them",
		keeper->config.store->where, strangers);
}

static int find_taken(struct rdb_keeper *keeper, struct rdb_schedule_taken *taken)
{
	struct rdb_store *store = keeper->config.store;
	const struct rdb_listing *listing;
	size_t strangers = 0;
	int ret = rdb_store_list(store, &listing, NULL);

	if (ret != 0)
		return ret;
	learn_cluster(keeper, listing);
	for (size_t i = 0; i < listing->count; i++)
		strangers += look_at(
			keeper, listing->entries[i], now(keeper) + RDB_SCHEDULE_FUTURE, taken);
	rdb_listing_unref(listing);
	tell_strangers(keeper, strangers);
	return 0;
}

/* Ignore times in the future, left by a clock that was set back. The caller holds the lock. */
static void forget_future(struct rdb_keeper *keeper, time_t clock)
{
	for (int period = 0; period < RDB_PERIODS; period++)
		if (keeper->made.at[period] > clock + RDB_SCHEDULE_FUTURE)
			keeper->made.at[period] = 0;
	if (keeper->retry > clock + RETRY_MAX)
		keeper->retry = clock;
}

/* Returns the seconds until the schedule requires a backup; 0: now. An unreadable store must not
 * trigger a backup: it would seem to be empty. */
static time_t plan(struct rdb_keeper *keeper, struct rdb_schedule_run *run)
{
	struct rdb_schedule_taken taken = {.at = {0}};
	time_t when, clock = now(keeper);

	if (!keeper->config.schedule.count || find_taken(keeper, &taken) != 0)
		return NAP_MAX;
	pthread_mutex_lock(&keeper->lock);
	forget_future(keeper, clock);
	for (int period = 0; period < RDB_PERIODS; period++)
		if (keeper->made.at[period] > taken.at[period])
			taken.at[period] = keeper->made.at[period];
	rdb_schedule_plan(&keeper->config.schedule, &taken, clock, run);
	keeper->next = *run;
	when = run->when > keeper->retry ? run->when : keeper->retry;
	pthread_mutex_unlock(&keeper->lock);
	return when > clock ? when - clock : 0;
}

/* Makes the order the current one, with its job. The caller holds the lock. */
static void begin(struct rdb_keeper *keeper, struct order *order)
{
	keeper->busy = true;
	rdb_job_unref(keeper->job);
	keeper->job = rdb_job_ref(order->job);
}

/* Waits for an event, or until that many seconds have passed. The caller holds the lock. */
static void nap(struct rdb_keeper *keeper, time_t seconds)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += seconds < NAP_MAX ? seconds : NAP_MAX;
	while (!keeper->asked && !keeper->stopping && !keeper->woken)
		if (pthread_cond_timedwait(&keeper->news, &keeper->lock, &until) != 0)
			break;
	keeper->woken = false;
}

static struct order *take_asked(struct rdb_keeper *keeper)
{
	struct order *order;

	pthread_mutex_lock(&keeper->lock);
	order = keeper->asked;
	keeper->asked = NULL;
	if (order)
		begin(keeper, order);
	pthread_mutex_unlock(&keeper->lock);
	return order;
}

static struct order *take_scheduled(struct rdb_keeper *keeper)
{
	struct rdb_schedule_run run;
	struct order *order = NULL;
	time_t pause = plan(keeper, &run);

	if (pause == 0)
		order = new_order(keeper, run.period, NULL, 0);
	pthread_mutex_lock(&keeper->lock);
	if (order && (keeper->asked || keeper->stopping)) {
		free_order(order);
		order = NULL;
	} else if (order) {
		begin(keeper, order);
	} else {
		nap(keeper, pause ? pause : 1);
	}
	pthread_mutex_unlock(&keeper->lock);
	return order;
}

static bool is_stopping(struct rdb_keeper *keeper)
{
	bool stopping;

	pthread_mutex_lock(&keeper->lock);
	stopping = keeper->stopping;
	pthread_mutex_unlock(&keeper->lock);
	return stopping;
}

static void *keep(void *arg)
{
	struct rdb_keeper *keeper = arg;

	(void)rdb_store_clean(keeper->config.store, NULL);
	count_backups(keeper);
	while (!is_stopping(keeper)) {
		struct order *order = take_asked(keeper);

		welcome_arrivals(keeper);
		if (!order)
			order = take_scheduled(keeper);
		if (!order)
			continue;
		if (keeper->hooks.began)
			keeper->hooks.began(keeper->hooks.arg, order->job);
		carry_out(keeper, order);
	}
	return NULL;
}

/* ---- life ---- */

int rdb_keeper_create(const struct rdb_keeper_config *config, struct rdb_keeper **out)
{
	struct rdb_keeper *keeper = calloc(1, sizeof(*keeper));
	pthread_condattr_t attr;

	if (!keeper)
		return -ENOMEM;
	if (rdb_cancel_init(&keeper->stop) != 0) {
		free(keeper);
		return -ENOMEM;
	}
	keeper->config = *config;
	pthread_mutex_init(&keeper->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC); /* the real-time clock may be set */
	pthread_cond_init(&keeper->news, &attr);
	pthread_condattr_destroy(&attr);
	*out = keeper;
	return 0;
}

int rdb_keeper_start(
	struct rdb_keeper *keeper, const struct rdb_keeper_hooks *hooks, struct rdb_err *err)
{
	int code;

	keeper->hooks = *hooks;
	code = rdb_thread_start(&keeper->thread, keep, keeper);
	if (code != 0)
		return rdb_err_set(
			err, EAGAIN, "no thread for backups could be started: %s", strerror(-code));
	keeper->started = true;
	pthread_mutex_lock(&keeper->lock);
	keeper->running = true;
	pthread_mutex_unlock(&keeper->lock);
	return 0;
}

void rdb_keeper_stop(struct rdb_keeper *keeper)
{
	const struct rdb_err ending = {.code = ENOTCONN, .text = "the mount is ending"};
	struct order *asked;

	if (!keeper->started)
		return;
	pthread_mutex_lock(&keeper->lock);
	keeper->stopping = true;
	keeper->running = false;
	rdb_cancel_fire(&keeper->stop);
	rdb_monitor_stop(keeper->config.monitor);
	asked = keeper->asked;
	keeper->asked = NULL;
	if (keeper->job)
		rdb_job_cancel(keeper->job);
	pthread_cond_broadcast(&keeper->news);
	pthread_mutex_unlock(&keeper->lock);
	if (asked) {
		rdb_job_end(asked->job, &ending);
		answer(asked, &ending);
		free_order(asked);
	}
	pthread_join(keeper->thread, NULL);
	keeper->started = false;
	tell_all(keeper->waiters, &ending);
	keeper->waiters = NULL;
}

void rdb_keeper_destroy(struct rdb_keeper *keeper)
{
	if (!keeper)
		return;
	rdb_keeper_stop(keeper);
	rdb_job_unref(keeper->job);
	rdb_cancel_destroy(&keeper->stop);
	pthread_cond_destroy(&keeper->news);
	pthread_mutex_destroy(&keeper->lock);
	free(keeper);
}

void rdb_keeper_wake(struct rdb_keeper *keeper)
{
	pthread_mutex_lock(&keeper->lock);
	keeper->woken = true;
	pthread_cond_broadcast(&keeper->news);
	pthread_mutex_unlock(&keeper->lock);
}

/* ---- asking ---- */

/* Returns whether a backup runs or was requested; a job that has ended does not count, although its
 * clean-up is not finished. The caller holds the lock. */
static bool is_busy(struct rdb_keeper *keeper)
{
	return keeper->asked || (keeper->busy && !rdb_job_wait(keeper->job, 0));
}

int rdb_keeper_backup(struct rdb_keeper *keeper, const char *const *names, size_t count,
	rdb_keeper_answer answered, void *arg, struct rdb_job **job)
{
	struct order *order = new_order(keeper, RDB_PERIODS, names, count);
	int ret = 0;

	if (job)
		*job = NULL;
	if (!order)
		return -ENOMEM;
	order->answer = answered;
	order->arg = arg;
	pthread_mutex_lock(&keeper->lock);
	if (!keeper->running)
		ret = -ENOTCONN;
	else if (is_busy(keeper))
		ret = -EBUSY;
	if (ret == 0) {
		if (job)
			*job = rdb_job_ref(order->job);
		keeper->asked = order;
		pthread_cond_broadcast(&keeper->news);
	}
	pthread_mutex_unlock(&keeper->lock);
	if (ret != 0)
		free_order(order);
	return ret;
}

void rdb_keeper_cancel(struct rdb_keeper *keeper)
{
	pthread_mutex_lock(&keeper->lock);
	if (keeper->asked)
		rdb_job_cancel(keeper->asked->job);
	if (keeper->busy)
		rdb_job_cancel(keeper->job);
	pthread_mutex_unlock(&keeper->lock);
}

int rdb_keeper_settle(struct rdb_keeper *keeper, rdb_keeper_answer settled, void *arg)
{
	struct waiter *waiter = malloc(sizeof(*waiter));
	struct rdb_err outcome;
	bool waits;

	if (!waiter)
		return -ENOMEM;
	*waiter = (struct waiter){.settled = settled, .arg = arg};
	pthread_mutex_lock(&keeper->lock);
	waits = keeper->running && (keeper->asked || keeper->busy);
	if (waits) {
		waiter->next = keeper->waiters;
		keeper->waiters = waiter;
	}
	outcome = keeper->outcome;
	pthread_mutex_unlock(&keeper->lock);
	if (!waits)
		tell_all(waiter, &outcome);
	return 0;
}

/* ---- telling ---- */

struct rdb_job *rdb_keeper_job(struct rdb_keeper *keeper)
{
	struct rdb_job *job;

	pthread_mutex_lock(&keeper->lock);
	job = keeper->asked ? keeper->asked->job : keeper->job;
	if (job)
		rdb_job_ref(job);
	pthread_mutex_unlock(&keeper->lock);
	return job;
}

void rdb_keeper_facts(struct rdb_keeper *keeper, struct rdb_keeper_facts *out)
{
	pthread_mutex_lock(&keeper->lock);
	*out = (struct rdb_keeper_facts){
		.schedule = &keeper->config.schedule,
		.rules = &keeper->config.rules,
		.next = keeper->next,
		.failures = keeper->failures,
		.retry = keeper->retry,
		.error = keeper->error,
	};
	pthread_mutex_unlock(&keeper->lock);
}

int rdb_keeper_plan(struct rdb_keeper *keeper, struct rdb_retention_plan *out, struct rdb_err *err)
{
	return rdb_retention_plan_known(keeper->config.store, keeper->config.types,
		&keeper->config.rules, now(keeper), keeper->hooks.damaged, keeper->hooks.arg, out,
		err);
}
