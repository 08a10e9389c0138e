/*
 * Makes backups into a store, one at a time: on demand and by schedule. After each backup that
 * succeeded, and after the store itself has added one (store/mirror.h), removes those that
 * retention does not keep. Removes at the start what killed processes left in the store.
 *
 * A scheduled backup that fails is retried after a minute, then after twice as long each time up to
 * an hour, until it succeeds or is cancelled. Nothing is removed after a failure.
 *
 * Any thread may call. Only rdb_keeper_stop() waits. Callbacks run on the keeper's thread or within
 * the call, without a lock.
 */
#ifndef RDB_SCHEDULE_KEEPER_H
#define RDB_SCHEDULE_KEEPER_H

#include "dump/dump.h"
#include "job/types.h"
#include "schedule/monitor.h"
#include "schedule/retention.h"
#include "schedule/schedule.h"
#include "store/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

/* Configuration. All pointers must outlive the keeper. */
struct rdb_keeper_config {
	struct rdb_store *store;
	struct rdb_types *types;
	struct rdb_dump_options
		dump; /* cluster, way of reading, exclusions; the rest is set for each backup */
	struct rdb_schedule schedule;
	struct rdb_retention_rules rules;
	struct rdb_monitor *monitor; /* NULL: no monitor; stopped with the keeper */
	time_t (*now)(void);         /* clock to use; NULL: the system's */
};

struct rdb_keeper;

/* Creates a keeper; starts no thread. Returns 0 or -ENOMEM. */
int rdb_keeper_create(const struct rdb_keeper_config *config, struct rdb_keeper **out);

struct rdb_keeper_hooks {
	void (*began)(void *arg, struct rdb_job *job); /* the job of each backup; may be NULL */
	rdb_retention_damaged damaged;                 /* may be NULL */
	void *arg;
};

/* Starts the thread, which carries out the schedule and orders. -EAGAIN with a text. */
int rdb_keeper_start(
	struct rdb_keeper *keeper, const struct rdb_keeper_hooks *hooks, struct rdb_err *err);

/* Cancels the running backup, answers waiting callers, ends the thread. No backup starts
 * afterwards. */
void rdb_keeper_stop(struct rdb_keeper *keeper);

/* Frees the keeper. Accepts NULL. */
void rdb_keeper_destroy(struct rdb_keeper *keeper);

/* Reports that the store's listing changed, or the clock was set. */
void rdb_keeper_wake(struct rdb_keeper *keeper);

/* Receives the result of a request. err->code 0: success. */
typedef void (*rdb_keeper_answer)(void *arg, const struct rdb_err *err);

/*
 * Requests a backup of databases and tables by name (copied); none: of everything. answer is called
 * once, when the backup has begun or has failed to begin: errors of rdb_dump_check(), ENOSPC when
 * the folder has no room at all, ECANCELED, ENOTCONN when the keeper is stopped meanwhile.
 *   -EBUSY     a backup is running: answer is not called
 *   -ENOTCONN  the keeper is not running
 *   -ENOMEM
 * *job receives its job, with a reference for the caller, NULL after an error; job may be NULL.
 */
int rdb_keeper_backup(struct rdb_keeper *keeper, const char *const *names, size_t count,
	rdb_keeper_answer answer, void *arg, struct rdb_job **job);

/* Cancels the running backup, if any. */
void rdb_keeper_cancel(struct rdb_keeper *keeper);

/*
 * Calls settled once no backup runs: err is the result of the last one, code 0 if there was none.
 * By then the backup is in the listing, and retention has been applied. -ENOMEM.
 */
int rdb_keeper_await(struct rdb_keeper *keeper, rdb_keeper_answer settled, void *arg);

/* Returns the job of the running backup, else of the last one; with a reference. NULL: none yet. */
struct rdb_job *rdb_keeper_job(struct rdb_keeper *keeper);

struct rdb_keeper_facts {
	const struct rdb_schedule *schedule; /* as configured */
	const struct rdb_retention_rules *rules;
	struct rdb_schedule_run next; /* next run; when 0: no schedule, or not known yet */
	unsigned failures;            /* consecutive failures */
	time_t retry;                 /* time of the next attempt; 0: the last run did not fail */
	struct rdb_err error;         /* error of the last failure */
};

void rdb_keeper_facts(struct rdb_keeper *keeper, struct rdb_keeper_facts *out);

/* Plans what retention would remove now, as far as known without reading. Errors as for
 * rdb_retention_plan(). */
int rdb_keeper_plan(struct rdb_keeper *keeper, struct rdb_retention_plan *out, struct rdb_err *err);

#endif
