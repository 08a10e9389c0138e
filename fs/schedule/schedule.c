#include "schedule/schedule.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#define DAY 86400
#define DAYS_MAX 64 /* days to search for the next run; every rule has a run within them */

static const char *const periods[] = {"hourly", "daily", "weekly", "monthly"};
static const char *const weekdays[] = {
	"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"};

const char *rdb_period_name(enum rdb_period period)
{
	return periods[period];
}

enum rdb_period rdb_period_find(const char *name)
{
	int period = 0;

	while (period < RDB_PERIODS && strcmp(name, periods[period]) != 0)
		period++;
	return (enum rdb_period)period;
}

/* ---- parsing ---- */

/* The part of a text that is not parsed yet. */
struct words {
	const char *at, *end;
};

static bool at_end(const struct words *w)
{
	return w->at == w->end;
}

static bool parse_char(struct words *w, char c)
{
	if (at_end(w) || *w->at != c)
		return false;
	w->at++;
	return true;
}

static bool parse_number(struct words *w, int min, int max, int *out)
{
	const char *start = w->at;

	for (*out = 0; !at_end(w) && isdigit((unsigned char)*w->at) && w->at - start < 2; w->at++)
		*out = *out * 10 + (*w->at - '0');
	return w->at > start && *out >= min && *out <= max;
}

static bool parse_time(struct words *w, struct rdb_schedule_rule *rule)
{
	return parse_number(w, 0, 23, &rule->hour) && parse_char(w, ':') &&
	       parse_number(w, 0, 59, &rule->minute);
}

static bool parse_weekday(struct words *w, struct rdb_schedule_rule *rule)
{
	const char *start = w->at;
	size_t len;

	while (!at_end(w) && isalpha((unsigned char)*w->at))
		w->at++;
	len = (size_t)(w->at - start);
	for (int day = 0; day < 7; day++)
		if ((len == 3 || len == strlen(weekdays[day])) &&
			strncasecmp(start, weekdays[day], len) == 0) {
			rule->weekday = day;
			return true;
		}
	return false;
}

static bool parse_period(struct words *w, struct rdb_schedule_rule *rule)
{
	for (int period = 0; period < RDB_PERIODS; period++) {
		size_t len = strlen(periods[period]);

		if ((size_t)(w->end - w->at) < len || memcmp(w->at, periods[period], len) != 0)
			continue;
		w->at += len;
		rule->period = (enum rdb_period)period;
		return true;
	}
	return false;
}

static bool parse_when(struct words *w, struct rdb_schedule_rule *rule)
{
	switch (rule->period) {
	case RDB_HOURLY:
		return parse_number(w, 0, 59, &rule->minute);
	case RDB_DAILY:
		return parse_time(w, rule);
	case RDB_WEEKLY:
		return parse_weekday(w, rule) &&
		       (at_end(w) || (parse_char(w, '-') && parse_time(w, rule)));
	default:
		return parse_number(w, 1, 31, &rule->day) &&
		       (at_end(w) || (parse_char(w, '-') && parse_time(w, rule)));
	}
}

static bool parse_rule(struct words w, struct rdb_schedule_rule *out)
{
	*out = (struct rdb_schedule_rule){.weekday = 1, .day = 1};
	return parse_period(&w, out) &&
	       (at_end(&w) || (parse_char(&w, '@') && parse_when(&w, out))) && at_end(&w);
}

int rdb_schedule_parse(const char *text, struct rdb_schedule *schedule, struct rdb_err *err)
{
	struct rdb_schedule added = *schedule;

	for (;;) {
		size_t len = strcspn(text, "+");
		struct words w = {text, text + len};

		if (added.count == RDB_SCHEDULE_MAX)
			return rdb_err_set(
				err, EINVAL, "a schedule has at most %d rules", RDB_SCHEDULE_MAX);
		if (!parse_rule(w, &added.rules[added.count]))
			return rdb_err_set(err, EINVAL,
				"schedule: \"%.*s\" is not hourly@MM, daily@HH:MM, "
				"weekly@DAY-HH:MM or monthly@D-HH:MM",
				(int)(len < 100 ? len : 100), text);
		added.count++;
		if (!text[len])
			break;
		text += len + 1;
	}
	*schedule = added;
	return 0;
}

/* ---- the calendar ---- */

static struct tm local(time_t at)
{
	struct tm tm = {0};

	localtime_r(&at, &tm);
	return tm;
}

/* Converts a local time to a time_t. "as_utc" is the result of timegm() for the local time. If the
 * local time occurs twice, returns the earlier moment. */
static time_t moment(time_t as_utc)
{
	time_t before = as_utc - local(as_utc - DAY).tm_gmtoff;
	time_t after = as_utc - local(as_utc + DAY).tm_gmtoff;
	bool is_before = before + local(before).tm_gmtoff == as_utc;
	bool is_after = after + local(after).tm_gmtoff == as_utc;

	if (is_before && is_after)
		return before < after ? before : after;
	/* If the clocks skip the local time, use the UTC offset before the change. For example, if
	 * the clocks go forward from 2:00 to 3:00, 2:30 becomes 3:30. */
	return is_after ? after : before;
}

static int days_in_month(const struct tm *date)
{
	struct tm last = {.tm_year = date->tm_year, .tm_mon = date->tm_mon + 1, .tm_mday = 0};

	timegm(&last);
	return last.tm_mday;
}

static bool is_day(const struct rdb_schedule_rule *rule, const struct tm *date)
{
	int length;

	if (rule->period == RDB_WEEKLY)
		return date->tm_wday == rule->weekday;
	if (rule->period == RDB_DAILY)
		return true;
	length = days_in_month(date);
	return date->tm_mday == (rule->day < length ? rule->day : length);
}

static time_t next_hour(const struct rdb_schedule_rule *rule, time_t after)
{
	struct tm tm = local(after);
	time_t next = after - tm.tm_min * 60 - tm.tm_sec + rule->minute * 60;

	while (next <= after)
		next += 3600;
	/* Correct the minute, because some time zones change their clocks by half an hour. */
	tm = local(next);
	next -= (tm.tm_min - rule->minute) * 60;
	return next > after ? next : next + 3600;
}

time_t rdb_schedule_next(const struct rdb_schedule_rule *rule, time_t after)
{
	struct tm today = local(after);
	time_t next = 0;

	if (rule->period == RDB_HOURLY)
		return next_hour(rule, after);
	/* Begin with yesterday's date: if the clocks go forward from 23:00 to 0:00, moment() moves
	 * yesterday's run at 23:30 to today at 0:30. */
	for (int i = -1; i < DAYS_MAX; i++) {
		struct tm date = {.tm_year = today.tm_year,
			.tm_mon = today.tm_mon,
			.tm_mday = today.tm_mday + i,
			.tm_hour = rule->hour,
			.tm_min = rule->minute};
		time_t as_utc = timegm(&date);

		if (!is_day(rule, &date))
			continue;
		next = moment(as_utc);
		if (next > after)
			break;
	}
	return next;
}

/* ---- the next run ---- */

static time_t last_of(const struct rdb_schedule_taken *taken, enum rdb_period shortest)
{
	time_t last = 0;

	for (int period = (int)shortest; period < RDB_PERIODS; period++)
		if (taken->at[period] > last)
			last = taken->at[period];
	return last;
}

/* Returns true if run *a must begin before run *b. Of two due runs, the run with the longer period
 * is first, because a weekly run also counts as a daily run. */
static bool is_earlier(
	const struct rdb_schedule_run *a, const struct rdb_schedule_run *b, time_t now)
{
	bool both_due = a->when <= now && b->when <= now;

	if (!both_due && a->when != b->when)
		return a->when < b->when;
	return a->period > b->period;
}

bool rdb_schedule_plan(const struct rdb_schedule *schedule, const struct rdb_schedule_taken *taken,
	time_t now, struct rdb_schedule_run *out)
{
	for (size_t i = 0; i < schedule->count; i++) {
		const struct rdb_schedule_rule *rule = &schedule->rules[i];
		time_t last = last_of(taken, rule->period);
		struct rdb_schedule_run run = {
			.period = rule->period,
			.when = last ? rdb_schedule_next(rule, last) : now,
		};

		if (i == 0 || is_earlier(&run, out, now))
			*out = run;
	}
	return schedule->count > 0;
}
