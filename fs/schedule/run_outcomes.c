#include "schedule/run_outcomes.h"

#define RETRY_FIRST 60 /* seconds */
#define RETRY_MAX 3600 /* seconds */

static time_t pause_after(unsigned failures)
{
	time_t pause = RETRY_FIRST;

	while (--failures && pause < RETRY_MAX)
		pause *= 2;
	return pause < RETRY_MAX ? pause : RETRY_MAX;
}

void rdb_run_outcomes_note(struct rdb_run_outcomes *outcomes, enum rdb_period period, time_t now,
	bool cancelled, const struct rdb_err *err)
{
	if (err->code == 0 || cancelled) {
		outcomes->done.at[period] = now;
		outcomes->failures = 0;
		outcomes->retry = 0;
		outcomes->error = (struct rdb_err){0};
	} else {
		outcomes->failures++;
		outcomes->retry = now + pause_after(outcomes->failures);
		outcomes->error = *err;
	}
}

void rdb_run_outcomes_merge(
	struct rdb_run_outcomes *outcomes, time_t now, struct rdb_schedule_taken *taken)
{
	for (int period = 0; period < RDB_PERIODS; period++) {
		if (outcomes->done.at[period] > now + RDB_SCHEDULE_FUTURE)
			outcomes->done.at[period] = 0;
		if (outcomes->done.at[period] > taken->at[period])
			taken->at[period] = outcomes->done.at[period];
	}
	if (outcomes->retry > now + RETRY_MAX)
		outcomes->retry = now;
}
