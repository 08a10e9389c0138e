/*
 * Outcomes of a schedule's runs since the start, and when a run that failed is tried again. The
 * caller's lock guards them.
 */
#ifndef RDB_SCHEDULE_RUN_OUTCOMES_H
#define RDB_SCHEDULE_RUN_OUTCOMES_H

#include "base/err.h"
#include "schedule/schedule.h"

#include <stdbool.h>
#include <time.h>

/* Zero-initialised: nothing has run. */
struct rdb_run_outcomes {
	struct rdb_schedule_taken done; /* latest times by period, made or skipped */
	unsigned failures;              /* consecutive failures */
	time_t retry;                   /* time of the next attempt; 0: the last run succeeded */
	struct rdb_err error;           /* error of the last failure */
};

/* Notes a run that ended now, with err->code 0 if it succeeded. A cancelled run is not repeated:
 * its time has passed. */
void rdb_run_outcomes_note(struct rdb_run_outcomes *outcomes, enum rdb_period period, time_t now,
	bool cancelled, const struct rdb_err *err);

/* Adds the runs to *taken where they are later. Forgets times in the future, left by a clock that
 * was set back. */
void rdb_run_outcomes_merge(
	struct rdb_run_outcomes *outcomes, time_t now, struct rdb_schedule_taken *taken);

#endif
