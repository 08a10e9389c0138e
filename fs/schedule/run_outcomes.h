/*
 * Outcomes of a schedule's runs since the start, and the time when a failed run is tried again. The
 * caller's lock guards them.
 */
#ifndef RDB_SCHEDULE_RUN_OUTCOMES_H
#define RDB_SCHEDULE_RUN_OUTCOMES_H

#include "base/err.h"
#include "schedule/schedule.h"

#include <stdbool.h>
#include <time.h>

/* The outcomes of a schedule's runs in this process. A zero-initialised struct means that no run
 * has ended yet. */
struct rdb_run_outcomes {
	struct rdb_schedule_taken done; /* latest successful or cancelled run of each period */
	unsigned failures;              /* consecutive failures */
	time_t retry;         /* time of the next attempt; 0 if the last run did not fail */
	struct rdb_err error; /* error of the last failure */
};

/* Records that a run of the schedule has ended at the time "now". If err->code is not 0, the run
 * has failed and will be repeated, unless it was cancelled. A cancelled run is not repeated. */
void rdb_run_outcomes_note(struct rdb_run_outcomes *outcomes, enum rdb_period period, time_t now,
	bool cancelled, const struct rdb_err *err);

/* *outcomes and *taken have the time of the last run for each period of the schedule, for example
 * daily. First removes from *outcomes the times that lie more than RDB_SCHEDULE_FUTURE seconds
 * after "now", because the clock was wrong when they were recorded. Then, for each period, copies
 * the time in *outcomes to *taken if it is later than the time in *taken. */
void rdb_run_outcomes_merge(
	struct rdb_run_outcomes *outcomes, time_t now, struct rdb_schedule_taken *taken);

#endif
