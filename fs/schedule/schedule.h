/*
 * Schedules. A schedule is one rule or several, separated by "+":
 *
 *   hourly[@MM]          at that minute of each hour           hourly@15
 *   daily[@HH:MM]        at that time of each day              daily@03:00
 *   weekly[@DAY[-HH:MM]] on that day of the week, mon to sun   weekly@sun-04:00
 *   monthly[@D[-HH:MM]]  on that day of the month, 1 to 31     monthly@1-04:30
 *
 * Defaults are the first: minute 0, midnight, Monday, the 1st. In a month without that day the last
 * day is used. Times are local: a time that is skipped when clocks go forward moves by as much
 * (02:30 to 03:30), a time that occurs twice when they go back counts the first time. hourly runs
 * 23 or 25 times on such a day.
 *
 * A backup's type is its rule's first word. A backup of a longer period counts for the shorter
 * ones: of several rules that are due at once only the longest runs, so
 * daily@03:00+weekly@sun-03:00+monthly@1-03:00 makes one backup a day.
 *
 * All functions depend only on their arguments and the time zone. Thread-safe.
 */
#ifndef RDB_SCHEDULE_SCHEDULE_H
#define RDB_SCHEDULE_SCHEDULE_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

/* Seconds. A backup dated further ahead was made by a wrong clock, or named by hand, and does not
 * count for what is due or may be removed. */
#define RDB_SCHEDULE_FUTURE 7200

enum rdb_period { RDB_HOURLY, RDB_DAILY, RDB_WEEKLY, RDB_MONTHLY, RDB_PERIODS };

/* Returns "hourly", "daily", …. The second function is the reverse; RDB_PERIODS: no such name. */
const char *rdb_period_name(enum rdb_period period);
enum rdb_period rdb_period_find(const char *name);

struct rdb_schedule_rule {
	enum rdb_period period;
	int minute;  /* 0 to 59 */
	int hour;    /* 0 to 23 */
	int weekday; /* 0 to 6, 0 is Sunday */
	int day;     /* 1 to 31 */
};

#define RDB_SCHEDULE_MAX 16

/* Zero-initialised is empty. */
struct rdb_schedule {
	struct rdb_schedule_rule rules[RDB_SCHEDULE_MAX];
	size_t count;
};

/* Adds the rules of a text. -EINVAL with a text: no rule was added. */
int rdb_schedule_parse(const char *text, struct rdb_schedule *schedule, struct rdb_err *err);

/* Returns the first time after the given one at which the rule requires a backup. */
time_t rdb_schedule_next(const struct rdb_schedule_rule *rule, time_t after);

/* When the newest backup of each type was taken; 0: none. */
struct rdb_schedule_taken {
	time_t at[RDB_PERIODS];
};

struct rdb_schedule_run {
	enum rdb_period period;
	time_t when; /* time of the run; in the past: a missed run, due now */
};

/*
 * Finds the next run. A type without any backup is due at once. One run replaces any number of
 * missed runs. Returns false if the schedule is empty.
 */
bool rdb_schedule_plan(const struct rdb_schedule *schedule, const struct rdb_schedule_taken *taken,
	time_t now, struct rdb_schedule_run *out);

#endif
