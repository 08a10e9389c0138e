/*
 * Schedules. A schedule is one rule or several, separated by "+":
 *
 *   hourly[@MM]          at that minute of each hour           hourly@15
 *   daily[@HH:MM]        at that time of each day              daily@03:00
 *   weekly[@DAY[-HH:MM]] on that day of the week, mon to sun   weekly@sun-04:00
 *   monthly[@D[-HH:MM]]  on that day of the month, 1 to 31     monthly@1-04:30
 *
 * The defaults are minute 0, time 00:00, Monday, and day 1. In a month without the day D, the
 * last day of the month is used. Times are local. A time that is skipped when clocks go
 * forward is moved by as much (02:30 to 03:30). A time that occurs twice when clocks go back
 * is used only the first time. A rule hourly has 23 or 25 runs on such a day.
 *
 * A backup's type is the first word of its rule. A backup of a longer period also counts for
 * the shorter periods. Of several rules that are due at once, only the one with the longest
 * period runs, so daily@03:00+weekly@sun-03:00+monthly@1-03:00 makes one backup a day.
 *
 * All functions depend only on their arguments and the time zone. Thread-safe.
 */
#ifndef RDB_SCHEDULE_SCHEDULE_H
#define RDB_SCHEDULE_SCHEDULE_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

/* Largest number of seconds by which a backup's time may be later than the present time. A backup
 * beyond this limit does not count as a run of the schedule, and retention never removes it. */
#define RDB_SCHEDULE_FUTURE 7200

enum rdb_period { RDB_HOURLY, RDB_DAILY, RDB_WEEKLY, RDB_MONTHLY, RDB_PERIODS };

/* rdb_period_name() returns "hourly", "daily", "weekly" or "monthly". rdb_period_find() returns the
 * period with the given name, or RDB_PERIODS if no period has this name. */
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

/* Rules that determine when backups are made. A zero-initialised schedule has no rules. */
struct rdb_schedule {
	struct rdb_schedule_rule rules[RDB_SCHEDULE_MAX];
	size_t count;
};

/* Adds the rules in "text" to the schedule. Returns 0, or -EINVAL if a rule is malformed or the
 * schedule would have more than RDB_SCHEDULE_MAX rules. After an error, the schedule is unchanged.
 */
int rdb_schedule_parse(const char *text, struct rdb_schedule *schedule, struct rdb_err *err);

/* Returns the first time later than "after" at which a run of the rule is due. */
time_t rdb_schedule_next(const struct rdb_schedule_rule *rule, time_t after);

/* For each period, the time of the newest backup made by a schedule, or 0. The index is the enum
 * rdb_period. */
struct rdb_schedule_taken {
	time_t at[RDB_PERIODS];
};

struct rdb_schedule_run {
	enum rdb_period period;
	time_t when; /* time of the run; if in the past, the run was missed and is due now */
};

/* Stores the schedule's next run in *out. A rule is due at its first time after its newest backup,
 * or at once if it has no backup. A backup of a longer period counts for the rule: a weekly backup
 * is also a daily backup. Returns false if the schedule has no rules. */
bool rdb_schedule_plan(const struct rdb_schedule *schedule, const struct rdb_schedule_taken *taken,
	time_t now, struct rdb_schedule_run *out);

#endif
