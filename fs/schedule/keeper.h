/*
 * Keeper: makes backups into a store, on demand and by schedule, one at a time. Applies
 * retention after each successful backup, and after the store's mirror has
 * added a backup. At the start, removes unfinished files of killed processes from the store.
 *
 * A scheduled backup that fails is retried after a minute. The pause doubles with each further
 * failure, up to an hour. The retries end when the backup succeeds or is cancelled. Nothing is
 * removed after a failure.
 *
 * Any thread may call. Only rdb_keeper_stop() waits. Callbacks run without a lock, on the
 * keeper's thread or on the thread that calls a function of the keeper.
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

/* Creates a keeper, which makes scheduled backups, without starting its thread. Returns 0 or
 * -ENOMEM. */
int rdb_keeper_create(const struct rdb_keeper_config *config, struct rdb_keeper **out);

struct rdb_keeper_hooks {
	/* Called with the backup's job when a backup begins. May be NULL. */
	void (*began)(void *arg, struct rdb_job *job);
	rdb_retention_damaged damaged; /* may be NULL */
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
 * Requests a backup from the keeper, the object that makes backups. The backup contains the named
 * databases and tables, or everything if count is 0. Copies the names. Stores the backup's job with
 * a reference in *job, or NULL after an error. job may be NULL. Returns 0, or
 *   -EBUSY if a backup is running;
 *   -ENOTCONN if the keeper is not running;
 *   -ENOMEM.
 * If 0 is returned, the callback "answer" is called once, with one of these codes:
 *   0 when the backup has begun;
 *   an error of rdb_dump_check();
 *   ENOSPC if the store has no free space;
 *   ECANCELED if the backup was cancelled before its begin;
 *   ENOTCONN if the keeper was stopped.
 */
int rdb_keeper_backup(struct rdb_keeper *keeper, const char *const *names, size_t count,
	rdb_keeper_answer answer, void *arg, struct rdb_job **job);

void rdb_keeper_cancel(struct rdb_keeper *keeper);

/*
 * Arranges that answer() is called once, with the error of the last backup, when no backup is
 * running or requested any more. Does not wait. If no backup is running or requested now, calls
 * answer() before returning. A successful backup counts as running until the store lists the
 * backup (5 seconds at most), and retention was applied. Returns 0, or -ENOMEM; after -ENOMEM,
 * answer() is not called.
 */
int rdb_keeper_await(struct rdb_keeper *keeper, rdb_keeper_answer answer, void *arg);

/* Returns the job of the backup that is requested or running or, if there is none, of the most
 * recent backup. The caller owns the returned reference. Returns NULL if no backup was made yet. */
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

/* Stores in *out which backups retention would remove if it ran now. Reads no archives. Returns 0
 * or an error of rdb_retention_plan(). */
int rdb_keeper_plan(struct rdb_keeper *keeper, struct rdb_retention_plan *out, struct rdb_err *err);

#endif
