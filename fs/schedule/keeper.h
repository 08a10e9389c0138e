/*
 * Makes backups into a folder, one at a time: on demand, and by schedule
 * when they are due, and after each that succeeded removes what retention doesn't keep. What
 * processes that died left in the folder is removed at the start.
 *
 * A scheduled one that fails is tried again after a minute, and after twice as long each time
 * up to an hour, until it succeeds or is cancelled; nothing is removed after a failure.
 *
 * Any thread may call. Nothing waits but rdb_keeper_stop(). Callbacks come from the keeper's
 * thread, or from within the call, without a lock held.
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

/* Everything that is pointed at outlives the keeper. */
struct rdb_keeper_config {
	struct rdb_store *store;
	struct rdb_types *types;
	struct rdb_dump_options
		dump; /* cluster, how to read, what to exclude; the rest is set for each backup */
	struct rdb_schedule schedule;
	struct rdb_retention_rules rules;
	struct rdb_monitor *monitor; /* NULL: none; it is stopped with the keeper */
	time_t (*now)(void);         /* NULL: the system's clock */
};

struct rdb_keeper;

/* Starts no thread. 0 or -ENOMEM. */
int rdb_keeper_create(const struct rdb_keeper_config *config, struct rdb_keeper **out);

struct rdb_keeper_hooks {
	void (*began)(void *arg, struct rdb_job *job); /* the job of each backup; may be NULL */
	rdb_retention_damaged damaged;                 /* may be NULL */
	void *arg;
};

/* Starts the thread, and with it the schedule. -EAGAIN with words. */
int rdb_keeper_start(
	struct rdb_keeper *keeper, const struct rdb_keeper_hooks *hooks, struct rdb_err *err);

/* Cancels the running backup, answers waiting callers, ends the thread. No backup begins after
 * that. */
void rdb_keeper_stop(struct rdb_keeper *keeper);

/* NULL is nothing. */
void rdb_keeper_destroy(struct rdb_keeper *keeper);

/* The store's listing is another one now, or the clock was set. */
void rdb_keeper_wake(struct rdb_keeper *keeper);

/* err->code 0: all is well. */
typedef void (*rdb_keeper_answer)(void *arg, const struct rdb_err *err);

/*
 * Asks for a backup of databases and tables by name (copied); none: of everything. answer is
 * called once, when it is known that the backup has begun or why it has not: errors as
 * rdb_dump_check() gives them, and ENOSPC when the folder has no room at all, ECANCELED,
 * ENOTCONN when the keeper is stopped meanwhile.
 *   -EBUSY     one is running: answer is not called
 *   -ENOTCONN  the keeper doesn't run
 *   -ENOMEM
 * *job is its job, with a reference of the caller's, NULL after an error; job may be NULL.
 */
int rdb_keeper_backup(struct rdb_keeper *keeper, const char *const *names, size_t count,
	rdb_keeper_answer answer, void *arg, struct rdb_job **job);

/* Stops the one that is running, if there is one. */
void rdb_keeper_cancel(struct rdb_keeper *keeper);

/*
 * Calls settled once nothing runs: err is how the last backup ended; code 0 also where there
 * was none. By then the backup is in the listing, and retention has been applied. -ENOMEM.
 */
int rdb_keeper_settle(struct rdb_keeper *keeper, rdb_keeper_answer settled, void *arg);

/* The one that runs, else the last; with a reference. NULL: there was none. */
struct rdb_job *rdb_keeper_job(struct rdb_keeper *keeper);

struct rdb_keeper_facts {
	const struct rdb_schedule *schedule; /* as configured */
	const struct rdb_retention_rules *rules;
	struct rdb_schedule_run
		next;         /* when: 0 where there is no schedule, or it isn't known yet */
	unsigned failures;    /* of it, one after the other */
	time_t retry;         /* when it is tried again; 0: it hasn't failed */
	struct rdb_err error; /* of the last failure */
};

void rdb_keeper_facts(struct rdb_keeper *keeper, struct rdb_keeper_facts *out);

/* What retention would remove now, as far as it is known without reading. Errors as
 * rdb_retention_plan(). */
int rdb_keeper_plan(struct rdb_keeper *keeper, struct rdb_retention_plan *out, struct rdb_err *err);

#endif
