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

/* Outcomes of a schedule's runs in this process. All fields are 0 until the first run has ended. */
struct rdb_run_outcomes {
	struct rdb_schedule_taken done; /* latest successful or cancelled run of each period */
	unsigned failures;              /* consecutive failures */
	time_t retry;         /* time of the next attempt; 0 if the last run did not fail */
	struct rdb_err error; /* error of the last failure */
};

/* Records that a run has ended at the time "now". A run with an error will be repeated, unless it
 * was cancelled. */
void rdb_run_outcomes_note(struct rdb_run_outcomes *outcomes, enum rdb_period period, time_t now,
	bool cancelled, const struct rdb_err *err);

/* Updates each period's time in *taken if the period's latest run in *outcomes is later. First
 * resets times in *outcomes that are too far after "now", because the clock was wrong when those
 * times were recorded. */
void rdb_run_outcomes_merge(
	struct rdb_run_outcomes *outcomes, time_t now, struct rdb_schedule_taken *taken);

#endif
