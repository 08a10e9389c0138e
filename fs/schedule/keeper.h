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
 * Unless "job" is NULL, stores a reference to the backup's job in *job. If this function returns
 * 0, answer() is called once when the backup has begun or has failed to begin.
 * Returns:
 *   0                          the backup is requested
 *   -EBUSY                     a backup is requested or running
 *   -ENOTCONN                  the keeper is not running
 *   -ENOMEM, -EMFILE, -ENFILE  resources are exhausted
 * Codes of the error that answer() receives:
 *   0         the backup has begun
 *   ENOTCONN  the keeper was stopped
 *   ENOSPC    less than 1 MiB is free
 *   EINVAL    the hosting service that makes the backups cannot back up single tables
 *   other     an error of rdb_dump_check() or rdb_store_trigger()
 */
int rdb_keeper_backup(struct rdb_keeper *keeper, const char *const *names, size_t count,
	rdb_keeper_answer answer, void *arg, struct rdb_job **job);

void rdb_keeper_cancel(struct rdb_keeper *keeper);

/*
 * Calls answer() once, as soon as no backup is requested or running, perhaps before this function
 * returns. A successful backup counts as running until old backups were removed. Returns 0, or
 * -ENOMEM without a call of answer().
 * Codes of the error that answer() receives:
 *   0         the most recent backup succeeded
 *   ENOTCONN  the keeper was stopped
 *   other     the errno of the most recent backup
 */
int rdb_keeper_await(struct rdb_keeper *keeper, rdb_keeper_answer answer, void *arg);

/* Returns the job of the requested backup. If no backup is requested, returns the job of the
 * running or most recent backup, or NULL if there is none. The caller must release the job with
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

/* Stores in *out which backups the keeper would remove at present. Reads no archives, and keeps
 * every backup whose type or scope is unknown. A real removal reads these archives, and can remove
 * more backups. Returns 0 or an error of rdb_retention_plan(). */
int rdb_keeper_plan(struct rdb_keeper *keeper, struct rdb_retention_plan *out, struct rdb_err *err);

#endif
