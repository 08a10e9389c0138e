/*
 * Keeper: makes backups into a store, on demand and by schedule, one at a time. Applies retention
 * after each successful backup, and after the store's mirror has added one.
 *
 * A scheduled backup that fails is retried after a minute. The pause doubles with each further
 * failure, up to an hour, until the backup succeeds or is cancelled.
 *
 * Any thread may call. Only rdb_keeper_stop() waits. Callbacks run without a lock, on the keeper's
 * thread or on the calling one.
 */
#ifndef RDB_SCHEDULE_KEEPER_H
#define RDB_SCHEDULE_KEEPER_H

#include "dump/dump.h"
#include "job/types.h"
#include "schedule/monitor.h"
#include "schedule/retention.h"
#include "schedule/schedule.h"
#include "store/store.h"

#include <stddef.h>
#include <time.h>

/* Configuration of a keeper, which makes backups and deletes old backups. The objects to which the
 * pointers point must outlive the keeper. */
struct rdb_keeper_config {
	struct rdb_store *store;
	struct rdb_types *types;
	struct rdb_dump_options dump; /* cluster, excluded names, speed and compression; the keeper
					 sets the other options for each backup */
	struct rdb_schedule schedule;
	struct rdb_retention_rules rules;
	struct rdb_monitor *monitor; /* rdb_keeper_stop() stops the monitor too; may be NULL */
	time_t (*now)(void);         /* clock to use; NULL means the system's clock */
};

struct rdb_keeper;

/* Creates a keeper, an object that makes scheduled and requested backups. Does not start the
 * keeper's thread. Returns 0 or -ENOMEM. */
int rdb_keeper_create(const struct rdb_keeper_config *config, struct rdb_keeper **out);

struct rdb_keeper_hooks {
	/* Called with the backup's job when a backup begins. The pointer "began" may be NULL. */
	void (*began)(void *arg, struct rdb_job *job);
	rdb_retention_state state; /* may be NULL */
	void *arg;
};

/* Starts the keeper's thread, which makes scheduled and requested backups. Copies *hooks. Returns
 * 0, or -EAGAIN with a message in *err. */
int rdb_keeper_start(
	struct rdb_keeper *keeper, const struct rdb_keeper_hooks *hooks, struct rdb_err *err);

/* Stops the keeper: cancels the running backup, answers waiting requests with ENOTCONN, and ends
 * the thread. No backup starts afterwards. */
void rdb_keeper_stop(struct rdb_keeper *keeper);

/* Frees the keeper. Accepts NULL. */
void rdb_keeper_destroy(struct rdb_keeper *keeper);

/* Wakes the keeper's thread to check whether a backup is due. Called after the store's listing has
 * changed or the clock was set. */
void rdb_keeper_wake(struct rdb_keeper *keeper);

/* A callback that receives the result of a request. err->code is 0 after a success. */
typedef void (*rdb_keeper_answer)(void *arg, const struct rdb_err *err);

/*
 * Requests a backup of the databases and tables in "names", or of everything if "count" is 0.
 * Unless "job" is NULL, stores the backup's job in *job, with a reference. Returns 0, -EBUSY if
 * a backup is requested or running, -ENOTCONN if the keeper is not running, -ENOMEM, -EMFILE or
 * -ENFILE.
 *
 * If this function returns 0, answer() is called once, with the result in its argument "err".
 * err->code is 0 if the backup has begun. Otherwise the backup cannot begin, and err->code is
 * ENOTCONN if the keeper was stopped, ENOSPC if less than 1 MiB is free, EINVAL if the hosting
 * service that makes the backups cannot back up single tables, or an error of rdb_dump_check() or
 * rdb_store_trigger().
 */
int rdb_keeper_backup(struct rdb_keeper *keeper, const char *const *names, size_t count,
	rdb_keeper_answer answer, void *arg, struct rdb_job **job);

void rdb_keeper_cancel(struct rdb_keeper *keeper);

/* Calls answer() once, as soon as no backup is requested or running, perhaps before this function
 * returns. A successful backup counts as running until the keeper has removed old backups by the
 * retention rules. The argument "err" of answer() has the code 0 if the most recent backup
 * succeeded, the errno of this backup if it failed, or ENOTCONN if the keeper was stopped. Returns
 * 0, or -ENOMEM if memory is exhausted. After -ENOMEM, answer() is never called. */
int rdb_keeper_await(struct rdb_keeper *keeper, rdb_keeper_answer answer, void *arg);

/* Returns the job of the backup that rdb_keeper_backup() has requested, if this backup has not
 * begun. If no requested backup waits to begin, returns the job of the running or most recent
 * backup. Returns NULL if no backup has begun or is requested. The caller must release the job with
 * rdb_job_unref(). */
struct rdb_job *rdb_keeper_job(struct rdb_keeper *keeper);

struct rdb_keeper_facts {
	const struct rdb_schedule *schedule; /* as configured */
	const struct rdb_retention_rules *rules;
	struct rdb_schedule_run next; /* next scheduled run; next.when is 0 if no run is known */
	unsigned failures;            /* consecutive failures */
	time_t retry;                 /* time of the next attempt; 0 if the last run did not fail */
	struct rdb_err error;         /* error of the last failure */
};

void rdb_keeper_facts(struct rdb_keeper *keeper, struct rdb_keeper_facts *out);

/* Stores in *out which backups the keeper would remove at present by the retention rules. Reads no
 * archives, so the plan in *out keeps every backup whose type or scope is unknown. A real removal
 * first reads the archives of these backups, and can remove more backups than the plan. Returns 0
 * or an error of rdb_retention_plan(). */
int rdb_keeper_plan(struct rdb_keeper *keeper, struct rdb_retention_plan *out, struct rdb_err *err);

#endif
