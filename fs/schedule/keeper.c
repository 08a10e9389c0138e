#include "schedule/keeper.h"

#include "base/condition.h"
#include "base/log.h"
#include "base/thread.h"
#include "schedule/backup_order.h"
#include "schedule/past_runs.h"
#include "schedule/run_outcomes.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAP_MAX 30  /* most seconds between two readings of the clock, which may be set */
#define SHOWN_MAX 5 /* most seconds to wait until a complete backup is in the listing */

struct waiter {
	rdb_keeper_answer answer;
	void *arg;
	struct waiter *next;
};

struct rdb_keeper {
	struct rdb_keeper_config config;
	struct rdb_keeper_hooks hooks;
	pthread_t thread;
	uint64_t arrivals;         /* value of arrivals in struct rdb_store_state when last read */
	struct rdb_past_runs past; /* used only by the keeper's thread */
	struct rdb_cancel stop;

	pthread_mutex_t lock; /* guards the rest */
	pthread_cond_t news;
	bool running; /* the thread accepts orders */
	bool woken;
	struct rdb_backup_order *asked; /* the next order */
	bool busy;                      /* an order is being carried out */
	struct rdb_job *job;            /* job of the current or most recent backup */
	struct rdb_err outcome;         /* outcome of the most recent backup */
	struct waiter *waiters;
	struct rdb_run_outcomes outcomes; /* outcomes of scheduled backups */
	char made[256]; /* file name of the latest backup that succeeded; "" if none */
	struct rdb_schedule_run next;
};

static time_t now(const struct rdb_keeper *keeper)
{
	return keeper->config.now ? keeper->config.now() : time(NULL);
}

static void wait_until_listed(struct rdb_keeper *keeper, const char *file)
{
	int64_t until = rdb_wait_now() + SHOWN_MAX * 1000;

	while (!rdb_store_lists(keeper->config.store, file)) {
		int ret = 0;

		pthread_mutex_lock(&keeper->lock);
		while (!keeper->woken && keeper->running && ret == 0)
			ret = rdb_condition_wait(&keeper->news, &keeper->lock, until);
		keeper->woken = false;
		if (!keeper->running)
			ret = -ETIMEDOUT;
		pthread_mutex_unlock(&keeper->lock);
		if (ret != 0)
			return;
	}
}

/* Reads the type, cluster and scope of a new backup into keeper->config.types (a cache), so that
 * the archive is not read again later. */
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

/* Copies the file name of the latest backup that succeeded. Returns the copy, or NULL if no backup
 * has succeeded. Retention always keeps this backup. */
static const char *copy_made(struct rdb_keeper *keeper, char made[sizeof(keeper->made)])
{
	pthread_mutex_lock(&keeper->lock);
	memcpy(made, keeper->made, sizeof(keeper->made));
	pthread_mutex_unlock(&keeper->lock);
	return *made ? made : NULL;
}

static void set_made(struct rdb_keeper *keeper, const char *file)
{
	pthread_mutex_lock(&keeper->lock);
	snprintf(keeper->made, sizeof(keeper->made), "%s", file);
	pthread_mutex_unlock(&keeper->lock);
}

/* Removes the backups that the retention rules do not keep. */
static void apply_retention(struct rdb_keeper *keeper)
{
	char made[sizeof(keeper->made)];
	struct rdb_err err = {0};

	if (!rdb_store_can_remove(keeper->config.store))
		return;
	if (rdb_retention_apply(keeper->config.store, keeper->config.types, &keeper->config.rules,
		    copy_made(keeper, made), now(keeper), keeper->hooks.state, keeper->hooks.arg,
		    &err) < 0)
		rdb_log_error("old backups could not be removed: %s", err.text);
}

static void answer_all(struct waiter *waiters, const struct rdb_err *err)
{
	struct waiter *next;

	for (; waiters; waiters = next) {
		next = waiters->next;
		waiters->answer(waiters->arg, err);
		free(waiters);
	}
}

static void finish_order(
	struct rdb_keeper *keeper, const struct rdb_backup_order *order, const struct rdb_err *err)
{
	struct waiter *waiters = NULL;

	pthread_mutex_lock(&keeper->lock);
	if (order->period != RDB_PERIODS)
		rdb_run_outcomes_note(&keeper->outcomes, order->period, now(keeper),
			rdb_job_is_cancelled(order->job), err);
	keeper->busy = false;
	keeper->outcome = *err;
	if (!keeper->asked) {
		waiters = keeper->waiters;
		keeper->waiters = NULL;
	}
	pthread_mutex_unlock(&keeper->lock);
	answer_all(waiters, err);
}

static void count_backups(struct rdb_keeper *keeper)
{
	rdb_monitor_count(keeper->config.monitor, keeper->config.store, keeper->config.types,
		keeper->hooks.state, keeper->hooks.arg);
}

static void carry_out(struct rdb_keeper *keeper, struct rdb_backup_order *order)
{
	struct rdb_err err = {0};
	int ret;

	rdb_monitor_begin(keeper->config.monitor, order->type);
	ret = rdb_backup_order_run(order, keeper->config.store, &keeper->config.dump, &err);
	rdb_monitor_end(keeper->config.monitor, order->type, order->job, order->bytes);
	if (ret == 0) {
		rdb_log_info("%s backup %s is complete", order->type, order->file);
		wait_until_listed(keeper, order->file);
		learn_type(keeper, order->file);
		set_made(keeper, order->file);
		apply_retention(keeper);
	} else if (rdb_job_is_cancelled(order->job)) {
		rdb_log_info("%s backup %s was cancelled", order->type, order->file);
	} else {
		rdb_log_error("the %s backup %s failed: %s", order->type, order->file, err.text);
	}
	count_backups(keeper);
	finish_order(keeper, order, &err);
	rdb_backup_order_free(order);
}

/* If a mirror has added copies of backups since the previous call, applies the retention rules and
 * counts the backups. */
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

/* Stores the next scheduled run in *run, and returns the seconds until the run may begin. If no run
 * is planned or the store cannot be read, returns NAP_MAX. */
static time_t plan(struct rdb_keeper *keeper, struct rdb_schedule_run *run)
{
	struct rdb_schedule_taken taken = {.at = {0}};
	time_t when, clock = now(keeper);

	/* Plan no run if the store cannot be read. An unread store would seem to have no backups,
	 * and every rule of the schedule would be due at once. */
	if (!keeper->config.schedule.count || rdb_past_runs_find(&keeper->past, clock, &taken) != 0)
		return NAP_MAX;
	pthread_mutex_lock(&keeper->lock);
	rdb_run_outcomes_merge(&keeper->outcomes, clock, &taken);
	rdb_schedule_plan(&keeper->config.schedule, &taken, clock, run);
	keeper->next = *run;
	when = run->when > keeper->outcomes.retry ? run->when : keeper->outcomes.retry;
	pthread_mutex_unlock(&keeper->lock);
	return when > clock ? when - clock : 0;
}

static void begin(struct rdb_keeper *keeper, struct rdb_backup_order *order)
{
	keeper->busy = true;
	rdb_job_unref(keeper->job);
	keeper->job = rdb_job_ref(order->job);
}

/* Waits for the given number of seconds, but at most for NAP_MAX. Returns early if a backup is
 * requested, or if the keeper is woken or stopped. The caller holds keeper->lock. */
static void nap(struct rdb_keeper *keeper, time_t seconds)
{
	int64_t until = rdb_wait_now() + 1000 * (seconds < NAP_MAX ? seconds : NAP_MAX);

	while (!keeper->asked && keeper->running && !keeper->woken)
		if (rdb_condition_wait(&keeper->news, &keeper->lock, until) != 0)
			break;
	keeper->woken = false;
}

static struct rdb_backup_order *pop_asked(struct rdb_keeper *keeper)
{
	struct rdb_backup_order *order;

	pthread_mutex_lock(&keeper->lock);
	order = keeper->asked;
	keeper->asked = NULL;
	if (order)
		begin(keeper, order);
	pthread_mutex_unlock(&keeper->lock);
	return order;
}

static struct rdb_backup_order *await_scheduled(struct rdb_keeper *keeper)
{
	struct rdb_schedule_run run;
	struct rdb_backup_order *order = NULL;
	time_t pause = plan(keeper, &run);

	if (pause == 0)
		rdb_backup_order_create(
			keeper->config.store, run.period, now(keeper), NULL, 0, &order);
	pthread_mutex_lock(&keeper->lock);
	if (order && (keeper->asked || !keeper->running)) {
		rdb_backup_order_free(order);
		order = NULL;
	} else if (order) {
		begin(keeper, order);
	} else {
		nap(keeper, pause ? pause : 1);
	}
	pthread_mutex_unlock(&keeper->lock);
	return order;
}

static void *keep(void *arg)
{
	struct rdb_keeper *keeper = arg;

	(void)rdb_store_clean(keeper->config.store, NULL);
	count_backups(keeper);
	while (!rdb_cancel_fired(&keeper->stop)) {
		struct rdb_backup_order *order = pop_asked(keeper);

		welcome_arrivals(keeper);
		if (!order)
			order = await_scheduled(keeper);
		if (!order)
			continue;
		if (keeper->hooks.began)
			keeper->hooks.began(keeper->hooks.arg, order->job);
		carry_out(keeper, order);
	}
	return NULL;
}

/* ---- creating, starting and stopping ---- */

int rdb_keeper_create(const struct rdb_keeper_config *config, struct rdb_keeper **out)
{
	struct rdb_keeper *keeper = calloc(1, sizeof(*keeper));

	if (!keeper || rdb_cancel_init(&keeper->stop) != 0) {
		free(keeper);
		return -ENOMEM;
	}
	keeper->config = *config;
	keeper->past = (struct rdb_past_runs){
		.store = config->store,
		.types = config->types,
		.dump = &keeper->config.dump,
		.rules = &keeper->config.rules,
		.cancel = &keeper->stop,
	};
	pthread_mutex_init(&keeper->lock, NULL);
	rdb_condition_init(&keeper->news);
	*out = keeper;
	return 0;
}

int rdb_keeper_start(
	struct rdb_keeper *keeper, const struct rdb_keeper_hooks *hooks, struct rdb_err *err)
{
	int code;

	keeper->hooks = *hooks;
	pthread_mutex_lock(&keeper->lock);
	code = rdb_thread_start(&keeper->thread, keep, keeper);
	keeper->running = code == 0;
	pthread_mutex_unlock(&keeper->lock);
	if (code != 0)
		return rdb_err_set(
			err, EAGAIN, "no thread for backups could be started: %s", strerror(-code));
	return 0;
}

void rdb_keeper_stop(struct rdb_keeper *keeper)
{
	const struct rdb_err ending = {.code = ENOTCONN, .text = "the mount is ending"};
	struct rdb_backup_order *asked;

	if (!keeper->running) /* starts and stops never run at the same time */
		return;
	pthread_mutex_lock(&keeper->lock);
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
		rdb_backup_order_answer(asked, &ending);
		rdb_backup_order_free(asked);
	}
	pthread_join(keeper->thread, NULL);
	answer_all(keeper->waiters, &ending);
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

/* ---- requests ---- */

/* Returns true if a backup is requested or running. Returns false once the job has ended, even
 * while the keeper removes old backups. The caller holds keeper->lock. */
static bool is_busy(struct rdb_keeper *keeper)
{
	return keeper->asked || (keeper->busy && !rdb_job_wait(keeper->job, 0));
}

int rdb_keeper_backup(struct rdb_keeper *keeper, const char *const *names, size_t count,
	rdb_keeper_answer answered, void *arg, struct rdb_job **job)
{
	struct rdb_backup_order *order;
	int ret = rdb_backup_order_create(
		keeper->config.store, RDB_PERIODS, now(keeper), names, count, &order);

	if (job)
		*job = NULL;
	if (ret != 0)
		return ret;
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
		rdb_backup_order_free(order);
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

int rdb_keeper_await(struct rdb_keeper *keeper, rdb_keeper_answer answer, void *arg)
{
	struct waiter *waiter = malloc(sizeof(*waiter));
	struct rdb_err outcome;
	bool waits;

	if (!waiter)
		return -ENOMEM;
	*waiter = (struct waiter){.answer = answer, .arg = arg};
	pthread_mutex_lock(&keeper->lock);
	waits = keeper->running && (keeper->asked || keeper->busy);
	if (waits) {
		waiter->next = keeper->waiters;
		keeper->waiters = waiter;
	}
	outcome = keeper->outcome;
	pthread_mutex_unlock(&keeper->lock);
	if (!waits)
		answer_all(waiter, &outcome);
	return 0;
}

/* ---- state ---- */

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
		.failures = keeper->outcomes.failures,
		.retry = keeper->outcomes.retry,
		.error = keeper->outcomes.error,
	};
	pthread_mutex_unlock(&keeper->lock);
}

int rdb_keeper_plan(struct rdb_keeper *keeper, struct rdb_retention_plan *out, struct rdb_err *err)
{
	char made[sizeof(keeper->made)];

	return rdb_retention_plan(keeper->config.store, keeper->config.types, &keeper->config.rules,
		copy_made(keeper, made), now(keeper), false, keeper->hooks.state, keeper->hooks.arg,
		out, err);
}
