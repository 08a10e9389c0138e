/*
 * When backups are made by themselves. A schedule is one rule or several, separated by "+":
 *
 *   hourly[@MM]          at that minute of each hour           hourly@15
 *   daily[@HH:MM]        at that time of each day              daily@03:00
 *   weekly[@DAY[-HH:MM]] on that day of the week, mon to sun   weekly@sun-04:00
 *   monthly[@D[-HH:MM]]  on that day of the month, 1 to 31     monthly@1-04:30
 *
 * What is left out is the first: minute 0, midnight, Monday, the 1st. In a month that has no
 * such day it is the last one. Times are local: one that is skipped when the clocks go forward
 * comes as much later as they do (02:30 at 03:30), one that is there twice when they go back
 * counts the first time. Hours follow the sun: hourly runs 23 or 25 times on such a day.
 *
 * A backup's type is its rule's first word. One of a longer rule counts for the shorter ones
 * too: of several rules that are due at once only the longest runs, and so
 * daily@03:00+weekly@sun-03:00+monthly@1-03:00 makes one backup a day.
 *
 * Everything here is a function of its arguments and the time zone. Thread-safe.
 */
#ifndef RDB_SCHEDULE_SCHEDULE_H
#define RDB_SCHEDULE_SCHEDULE_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

/* Seconds: a backup from further on than that was made by a clock that was wrong, or bears a name
 * that somebody gave it: it says nothing of what is due or what may go. */
#define RDB_SCHEDULE_FUTURE 7200

enum rdb_period { RDB_HOURLY, RDB_DAILY, RDB_WEEKLY, RDB_MONTHLY, RDB_PERIODS };

/* "hourly", "daily", …; and back: RDB_PERIODS when it is none of them. */
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

/* Adds the rules of a text. -EINVAL with words that say what is wrong: nothing was added. */
int rdb_schedule_parse(const char *text, struct rdb_schedule *schedule, struct rdb_err *err);

/* The first time after that one at which the rule asks for a backup. */
time_t rdb_schedule_next(const struct rdb_schedule_rule *rule, time_t after);

/* When the newest backup of each type was taken; 0: there is none. */
struct rdb_schedule_taken {
	time_t at[RDB_PERIODS];
};

struct rdb_schedule_run {
	enum rdb_period period;
	time_t when; /* in the past: a run that was missed, to be made up now */
};

/*
 * The run that comes next. A type without any backup is due at once, and any number of missed
 * runs are made up by one. false: the schedule is empty.
 */
bool rdb_schedule_plan(const struct rdb_schedule *schedule, const struct rdb_schedule_taken *taken,
	time_t now, struct rdb_schedule_run *out);

#endif
