#include "schedule/schedule.h"

#include "unit/check.h"

#include <errno.h>

#define BERLIN "CET-1CEST,M3.5.0,M10.5.0/3"          /* summer time: 29 March to 25 October 2026 */
#define LORD_HOWE "LHST-10:30LHDT-11,M10.1.0,M4.1.0" /* half an hour */

static void zone(const char *name)
{
	setenv("TZ", name, 1);
	tzset();
}

/* Parses local time, "2026-03-29 02:30"; with an offset if ambiguous. */
static time_t at(const char *text)
{
	struct tm tm = {.tm_isdst = -1};

	REQUIRE(strptime(text, "%Y-%m-%d %H:%M", &tm));
	return mktime(&tm);
}

static const char *show(time_t when)
{
	static char text[4][40];
	static int i;
	struct tm tm;

	localtime_r(&when, &tm);
	i = (i + 1) % 4;
	strftime(text[i], sizeof(text[i]), "%Y-%m-%d %H:%M%z", &tm);
	return text[i];
}

static struct rdb_schedule parse(const char *text)
{
	struct rdb_schedule schedule = {.count = 0};
	struct rdb_err err = {0};

	REQUIRE(rdb_schedule_parse(text, &schedule, &err) == 0);
	return schedule;
}

static const char *next(const char *rule, const char *after)
{
	struct rdb_schedule schedule = parse(rule);

	return show(rdb_schedule_next(&schedule.rules[0], at(after)));
}

static void test_forms(void)
{
	struct rdb_schedule s =
		parse("hourly@15+daily@03:00+weekly@sun-04:05+monthly@31-23:59+weekly@Monday");

	CHECK_INT(s.count, 5);
	CHECK_INT(s.rules[0].period, RDB_HOURLY);
	CHECK_INT(s.rules[0].minute, 15);
	CHECK_INT(s.rules[1].period, RDB_DAILY);
	CHECK_INT(s.rules[1].hour, 3);
	CHECK_INT(s.rules[2].weekday, 0);
	CHECK_INT(s.rules[2].hour, 4);
	CHECK_INT(s.rules[2].minute, 5);
	CHECK_INT(s.rules[3].day, 31);
	CHECK_INT(s.rules[3].hour, 23);
	CHECK_INT(s.rules[4].weekday, 1);
	CHECK_INT(s.rules[4].hour, 0);
	CHECK_INT(parse("monthly").rules[0].day, 1);
	CHECK_INT(parse("weekly").rules[0].weekday, 1);
}

static void test_wrong_forms(void)
{
	static const char *const wrong[] = {"", "+", "daily+", "daily@", "daily@3", "daily@24:00",
		"daily@03:60", "daily@03:00:00", "dailyat", "yearly", "hourly@60", "hourly@-1",
		"weekly@xyz", "weekly@su", "weekly@sun04:00", "weekly@sun-", "weekly@sunda",
		"monthly@0", "monthly@32", "monthly@1-", "monthly@1-25:00", " daily", "daily ",
		"Daily"};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct rdb_schedule schedule = {.count = 0};
		struct rdb_err err = {0};

		CHECK_INT(rdb_schedule_parse(wrong[i], &schedule, &err), -EINVAL);
		CHECK_INT(schedule.count, 0);
		CHECK(err.text[0]);
	}
}

static void test_too_many_rules(void)
{
	struct rdb_schedule schedule = {.count = 0};
	struct rdb_err err = {0};

	for (int i = 0; i < RDB_SCHEDULE_MAX; i++)
		CHECK_INT(rdb_schedule_parse("daily", &schedule, &err), 0);
	CHECK_INT(rdb_schedule_parse("daily", &schedule, &err), -EINVAL);
	CHECK_INT(schedule.count, RDB_SCHEDULE_MAX);
}

static void test_next(void)
{
	zone(BERLIN);
	CHECK_STR(next("hourly@15", "2026-11-22 16:14"), "2026-11-22 16:15+0100");
	CHECK_STR(next("hourly@15", "2026-11-22 16:15"), "2026-11-22 17:15+0100");
	CHECK_STR(next("daily@03:00", "2026-11-22 02:59"), "2026-11-22 03:00+0100");
	CHECK_STR(next("daily@03:00", "2026-11-22 03:00"), "2026-11-23 03:00+0100");
	CHECK_STR(next("weekly@sun-04:00", "2026-11-22 04:00"), "2026-11-29 04:00+0100");
	CHECK_STR(next("monthly@31", "2026-01-31 00:00"), "2026-02-28 00:00+0100");
	CHECK_STR(next("monthly@31", "2028-01-31 00:00"), "2028-02-29 00:00+0100");
	CHECK_STR(next("monthly@15-12:30", "2026-12-15 12:30"), "2027-01-15 12:30+0100");
}

static void test_clocks_go_forward(void)
{
	zone(BERLIN);
	CHECK_STR(next("daily@02:30", "2026-03-28 02:30"), "2026-03-29 03:30+0200");
	CHECK_STR(next("daily@02:30", "2026-03-29 03:30"), "2026-03-30 02:30+0200");
	CHECK_STR(next("daily@03:00", "2026-03-28 03:00"), "2026-03-29 03:00+0200");
	CHECK_STR(next("hourly@30", "2026-03-29 01:30"), "2026-03-29 03:30+0200");
}

static void test_clocks_go_back(void)
{
	struct rdb_schedule daily = parse("daily@02:30"), hourly = parse("hourly@30");
	time_t first, second;

	zone(BERLIN);
	first = rdb_schedule_next(&daily.rules[0], at("2026-10-24 02:30"));
	CHECK_STR(show(first), "2026-10-25 02:30+0200");
	CHECK_STR(show(rdb_schedule_next(&daily.rules[0], first)), "2026-10-26 02:30+0100");
	second = rdb_schedule_next(&hourly.rules[0], first);
	CHECK_STR(show(second), "2026-10-25 02:30+0100");
	CHECK_STR(show(rdb_schedule_next(&hourly.rules[0], second)), "2026-10-25 03:30+0100");
}

static void test_half_an_hour(void)
{
	struct rdb_schedule hourly = parse("hourly@45");
	time_t when;

	zone(LORD_HOWE);
	when = at("2026-04-04 00:00");
	for (int i = 0; i < 72; i++) {
		time_t then = rdb_schedule_next(&hourly.rules[0], when);
		struct tm tm;

		localtime_r(&then, &tm);
		CHECK_INT(tm.tm_min, 45);
		CHECK(then > when);
		CHECK(then - when <= 5400);
		when = then;
	}
}

/* Simulates a rule for a year, one run after the other: one per period, in order. */
static int runs_in_2026(const char *text)
{
	struct rdb_schedule schedule = parse(text);
	time_t end = at("2027-01-01 00:00"), when = at("2026-01-01 00:00") - 1, then;
	int runs = 0;

	for (;; runs++, when = then) {
		then = rdb_schedule_next(&schedule.rules[0], when);
		CHECK(then > when);
		/* The next run is the same from any time in between. */
		CHECK_INT(rdb_schedule_next(&schedule.rules[0], when + (then - when) / 2), then);
		CHECK_INT(rdb_schedule_next(&schedule.rules[0], then - 1), then);
		if (then >= end)
			return runs;
	}
}

static void test_runs_of_a_year(void)
{
	zone(BERLIN);
	CHECK_INT(runs_in_2026("hourly@30"), 365 * 24);
	CHECK_INT(runs_in_2026("daily@02:30"), 365);
	CHECK_INT(runs_in_2026("daily@00:00"), 365);
	CHECK_INT(runs_in_2026("daily@23:59"), 365);
	CHECK_INT(runs_in_2026("weekly@sun-02:30"), 52);
	CHECK_INT(runs_in_2026("monthly@31-02:30"), 12);
	CHECK_INT(runs_in_2026("monthly@29-02:30"), 12);
}

static struct rdb_schedule_run plan(
	const char *text, const struct rdb_schedule_taken *taken, time_t now)
{
	struct rdb_schedule schedule = parse(text);
	struct rdb_schedule_run run;

	CHECK(rdb_schedule_plan(&schedule, taken, now, &run));
	return run;
}

static void test_next_run_and_its_type(void)
{
	struct rdb_schedule_taken taken = {.at = {0}};
	struct rdb_schedule none = {.count = 0};
	struct rdb_schedule_run run;
	time_t now;

	zone(BERLIN);
	now = at("2026-11-22 16:00");
	CHECK(!rdb_schedule_plan(&none, &taken, now, &run));
	run = plan("daily@03:00", &taken, now); /* none yet */
	CHECK_INT(run.period, RDB_DAILY);
	CHECK(run.when <= now);
	taken.at[RDB_DAILY] = at("2026-11-22 03:00");
	run = plan("daily@03:00", &taken, now);
	CHECK_STR(show(run.when), "2026-11-23 03:00+0100");
	taken.at[RDB_DAILY] = at("2026-11-19 03:00"); /* three missed */
	run = plan("daily@03:00", &taken, now);
	CHECK_STR(show(run.when), "2026-11-20 03:00+0100");
	taken.at[RDB_DAILY] = now; /* made up: the next run is tomorrow's */
	run = plan("daily@03:00", &taken, now);
	CHECK_STR(show(run.when), "2026-11-23 03:00+0100");
}

static void test_longer_counts_for_shorter(void)
{
	const char *text = "daily@03:00+weekly@sun-03:00+monthly@1-03:00";
	struct rdb_schedule_taken taken = {.at = {0}};
	struct rdb_schedule_run run;

	zone(BERLIN);
	taken.at[RDB_DAILY] = at("2026-11-21 03:00");
	taken.at[RDB_WEEKLY] = at("2026-11-15 03:00");
	taken.at[RDB_MONTHLY] = at("2026-11-01 03:00");
	run = plan(text, &taken, at("2026-11-22 03:00"));
	CHECK_INT(run.period, RDB_WEEKLY);
	taken.at[RDB_WEEKLY] = at("2026-11-22 03:00");
	run = plan(text, &taken, at("2026-11-22 03:01"));
	CHECK_INT(run.period, RDB_DAILY);
	CHECK_STR(show(run.when), "2026-11-23 03:00+0100");
}

int main(void)
{
	RUN(test_forms);
	RUN(test_wrong_forms);
	RUN(test_too_many_rules);
	RUN(test_next);
	RUN(test_clocks_go_forward);
	RUN(test_clocks_go_back);
	RUN(test_half_an_hour);
	RUN(test_runs_of_a_year);
	RUN(test_next_run_and_its_type);
	RUN(test_longer_counts_for_shorter);
	CHECK_EXIT();
}
