#include "directory/directory.h"
#include "schedule/past_runs.h"
#include "schedule/retention.h"

#include "index/embed.h"
#include "unit/check.h"
#include "writer/home.h"
#include "writer/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* is_kept_by() passes its format on */

#define BERLIN "CET-1CEST,M3.5.0,M10.5.0/3"
#define MAX 4096

struct row {
	struct rdb_retention_backup backups[MAX]; /* the newest first */
	size_t count;
};

static time_t at(const char *text)
{
	struct tm tm = {.tm_isdst = -1};

	setenv("TZ", BERLIN, 1);
	tzset();
	REQUIRE(strptime(text, "%Y-%m-%d %H:%M", &tm));
	return mktime(&tm);
}

static const char *show(time_t when)
{
	static char text[32];
	struct tm tm;

	localtime_r(&when, &tm);
	strftime(text, sizeof(text), "%Y-%m-%d %H:%M", &tm);
	return text;
}

/* Adds a backup; must be called with the oldest first. */
static struct rdb_retention_backup *add(struct row *row, time_t taken, const char *type)
{
	REQUIRE(row->count < MAX);
	memmove(row->backups + 1, row->backups, row->count * sizeof(row->backups[0]));
	row->count++;
	row->backups[0] = (struct rdb_retention_backup){.taken = taken};
	strcpy(row->backups[0].type, type);
	return &row->backups[0];
}

static void judge(const struct rdb_retention_rules *rules, struct row *row)
{
	rdb_retention_decide(
		rules, row->count ? row->backups[0].taken : 0, row->backups, row->count);
}

static size_t removals(const struct row *row)
{
	size_t count = 0;

	for (size_t i = 0; i < row->count; i++)
		count += !row->backups[i].kept;
	return count;
}

static void drop_removed(struct row *row)
{
	size_t left = 0;

	for (size_t i = 0; i < row->count; i++)
		if (row->backups[i].kept)
			row->backups[left++] = row->backups[i];
	row->count = left;
}

/* ---- small rows ---- */

static void test_no_rules(void)
{
	const struct rdb_retention_rules none = {.on_demand = 0};
	struct row row = {.count = 0};

	for (int i = 0; i < 50; i++)
		add(&row, at("2026-01-01 03:00") + i * 86400, i % 2 ? "daily" : "on-demand");
	judge(&none, &row);
	CHECK(!rdb_retention_has_rules(&none));
	CHECK_INT(removals(&row), 0);
}

static void test_what_rules_are_about(void)
{
	const struct rdb_retention_rules scheduled = {.keep = {0, 0, 1, 0}};
	const struct rdb_retention_rules own = {.on_demand = 1};
	const struct rdb_retention_rules none = {.on_demand = 0};

	CHECK(rdb_retention_has_rule(&scheduled, "hourly"));
	CHECK(rdb_retention_has_rule(&scheduled, "monthly"));
	CHECK(!rdb_retention_has_rule(&scheduled, "on-demand"));
	CHECK(!rdb_retention_has_rule(&scheduled, "dialy"));
	CHECK(rdb_retention_has_rule(&own, "on-demand"));
	CHECK(!rdb_retention_has_rule(&own, "daily"));
	CHECK(!rdb_retention_has_rule(&none, "daily"));
}

static void test_imported_backups_are_kept(void)
{
	const struct rdb_retention_rules rules = {.keep = {1, 1, 1, 1}, .on_demand = 1};
	struct row row = {.count = 0};

	for (int i = 0; i < 50; i++)
		add(&row, at("2026-01-01 03:00") + i * 86400, i % 2 ? "imported" : "nightly");
	judge(&rules, &row);
	CHECK_INT(removals(&row), 0);
}

static void test_on_demand_has_its_own(void)
{
	const struct rdb_retention_rules daily = {.keep = {0, 2, 0, 0}};
	const struct rdb_retention_rules own = {.on_demand = 2};
	struct row row = {.count = 0};

	for (int i = 0; i < 5; i++) {
		add(&row, at("2026-01-01 03:00") + i * 86400, "daily");
		add(&row, at("2026-01-01 04:00") + i * 86400, "on-demand");
	}
	judge(&daily, &row);
	CHECK_INT(removals(&row), 3);
	for (size_t i = 0; i < row.count; i++)
		CHECK(row.backups[i].kept || strcmp(row.backups[i].type, "daily") == 0);
	judge(&own, &row);
	CHECK_INT(removals(&row), 3);
	for (size_t i = 0; i < row.count; i++)
		CHECK(row.backups[i].kept || strcmp(row.backups[i].type, "on-demand") == 0);
}

/* Days without a backup do not count: backups of a machine that was off are kept. */
static void test_days_that_have_one(void)
{
	const struct rdb_retention_rules rules = {.keep = {0, 3, 0, 0}};
	struct row row = {.count = 0};

	add(&row, at("2025-06-01 03:00"), "daily");
	add(&row, at("2025-09-01 03:00"), "daily");
	add(&row, at("2026-01-01 03:00"), "daily");
	add(&row, at("2026-01-01 15:00"), "daily");
	judge(&rules, &row);
	CHECK_INT(removals(&row), 1);
	CHECK_INT(row.backups[1].kept, 0);
	CHECK_INT(row.backups[3].kept, 1 << RDB_DAILY);
}

static void test_newest_good_stays(void)
{
	const struct rdb_retention_rules rules = {.on_demand = 1};
	struct row row = {.count = 0};

	/* The only good backup is old, and no rule would keep it. */
	add(&row, at("2026-01-01 03:00"), "on-demand");
	add(&row, at("2026-01-02 03:00"), "on-demand");
	add(&row, at("2026-01-03 03:00"), "on-demand")->state = RDB_ARCHIVE_DAMAGED;
	add(&row, at("2026-01-04 03:00"), "imported");
	judge(&rules, &row);
	CHECK_INT(row.backups[1].kept, RDB_KEPT_DAMAGED);
	CHECK_INT(row.backups[2].kept, RDB_KEPT_ON_DEMAND | RDB_KEPT_NEWEST);
	CHECK_INT(row.backups[3].kept, 0);
}

static void test_damaged_counts_for_nothing(void)
{
	const struct rdb_retention_rules rules = {.keep = {0, 1, 0, 0}};
	struct row row = {.count = 0};

	add(&row, at("2026-01-01 03:00"), "daily");
	add(&row, at("2026-01-02 03:00"), "daily")->state = RDB_ARCHIVE_DAMAGED;
	judge(&rules, &row);
	CHECK_INT(removals(&row), 0);
	CHECK_INT(row.backups[1].kept, 1 << RDB_DAILY | RDB_KEPT_NEWEST);
}

/* Whether an unreachable backup is good is unknown: it stays, and so does the one before it. */
static void test_unreachable_counts_for_nothing(void)
{
	const struct rdb_retention_rules rules = {.keep = {0, 1, 0, 0}};
	struct row row = {.count = 0};

	add(&row, at("2026-01-01 03:00"), "daily");
	add(&row, at("2026-01-02 03:00"), "daily")->state = RDB_ARCHIVE_UNREACHABLE;
	judge(&rules, &row);
	CHECK_INT(row.backups[0].kept, RDB_KEPT_UNREACHABLE);
	CHECK_INT(row.backups[1].kept, 1 << RDB_DAILY | RDB_KEPT_NEWEST);
}

/* Backups dated in the future are ignored: the actually newest one stays as if they did
 * not exist. */
static void test_dated_in_the_future(void)
{
	const struct rdb_retention_rules rules = {.keep = {0, 1, 0, 0}, .on_demand = 1};
	time_t now = at("2026-01-03 03:00");
	struct row row = {.count = 0};

	add(&row, at("2026-01-01 03:00"), "daily");
	add(&row, at("2026-01-02 03:00"), "daily");
	add(&row, at("2026-01-02 04:00"), "on-demand");
	add(&row, now + RDB_SCHEDULE_FUTURE, "daily");
	add(&row, now + RDB_SCHEDULE_FUTURE + 1, "daily");
	add(&row, at("2031-01-01 03:00"), "daily");
	add(&row, at("2031-01-02 03:00"), "on-demand");
	rdb_retention_decide(&rules, now, row.backups, row.count);
	CHECK_INT(row.backups[0].kept, RDB_KEPT_FUTURE);
	CHECK_INT(row.backups[1].kept, RDB_KEPT_FUTURE);
	CHECK_INT(row.backups[2].kept, RDB_KEPT_FUTURE);
	CHECK_INT(row.backups[3].kept, 1 << RDB_DAILY | RDB_KEPT_NEWEST);
	CHECK_INT(row.backups[4].kept, RDB_KEPT_ON_DEMAND);
	CHECK_INT(removals(&row), 2);
}

static void test_weeks_are_from_monday(void)
{
	const struct rdb_retention_rules rules = {.keep = {0, 0, 2, 0}};
	struct row row = {.count = 0};

	add(&row, at("2026-11-15 03:00"), "daily");  /* Sunday */
	add(&row, at("2026-11-16 03:00"), "daily");  /* Monday */
	add(&row, at("2026-11-22 03:00"), "weekly"); /* Sunday */
	judge(&rules, &row);
	CHECK(row.backups[0].kept);
	CHECK_INT(row.backups[1].kept, 0);
	CHECK(row.backups[2].kept);
	/* The turn of the year is inside a week. */
	row.count = 0;
	add(&row, at("2026-12-28 03:00"), "daily");
	add(&row, at("2027-01-03 03:00"), "daily");
	judge(&(struct rdb_retention_rules){.keep = {0, 0, 1, 0}}, &row);
	CHECK_INT(removals(&row), 1);
}

static void test_hour_that_is_there_twice(void)
{
	const struct rdb_retention_rules rules = {.keep = {4, 0, 0, 0}};
	struct row row = {.count = 0};
	time_t first = at("2026-10-25 00:30");

	for (int i = 0; i < 5; i++) /* 00:30, 01:30, 02:30 twice, 03:30 */
		add(&row, first + i * 3600, "hourly");
	CHECK_STR(show(row.backups[1].taken), "2026-10-25 02:30");
	CHECK_STR(show(row.backups[2].taken), "2026-10-25 02:30");
	judge(&rules, &row);
	CHECK_INT(removals(&row), 1);
	CHECK_INT(row.backups[4].kept, 0);
}

static void test_rules_as_text(void)
{
	struct rdb_retention_rules rules = rdb_retention_defaults;
	char words[RDB_RETENTION_WORDS];

	rdb_retention_words(&rules, "weekly", words);
	CHECK_STR(words, "keep-daily=7 keep-weekly=4 keep-monthly=3");
	rdb_retention_words(&rules, "on-demand", words);
	CHECK_STR(words, "");
	rules.on_demand = 2;
	rdb_retention_words(&rules, "on-demand", words);
	CHECK_STR(words, "keep-on-demand=2");
	rdb_retention_words(&(struct rdb_retention_rules){.keep = {UINT32_MAX, UINT32_MAX,
								  UINT32_MAX, UINT32_MAX}},
		"daily", words);
	CHECK(strlen(words) < RDB_RETENTION_WORDS - 1);
}

/* ---- a year ---- */

/* Number of hours, days, weeks, months with a backup that are newer than this one's, and whether it
 * is the newest of its own period: computed slowly, from formatted dates. */
static bool is_kept_by(const struct row *row, size_t place, const char *format, unsigned keep)
{
	char own[32], other[32], last[32] = "";
	unsigned newer = 0;
	struct tm tm;

	localtime_r(&row->backups[place].taken, &tm);
	strftime(own, sizeof(own), format, &tm);
	for (size_t i = 0; i < place; i++) {
		if (rdb_period_find(row->backups[i].type) == RDB_PERIODS)
			continue;
		localtime_r(&row->backups[i].taken, &tm);
		strftime(other, sizeof(other), format, &tm);
		if (strcmp(other, own) == 0)
			return false;
		newer += strcmp(other, last) != 0;
		strcpy(last, other);
	}
	return newer < keep;
}

static void check_row(const struct rdb_retention_rules *rules, const struct row *row)
{
	static const char *const formats[] = {"%F %H%z", "%F", "%G-%V", "%Y-%m"};

	for (size_t i = 0; i < row->count; i++) {
		const struct rdb_retention_backup *backup = &row->backups[i];
		bool kept = rdb_period_find(backup->type) == RDB_PERIODS;

		for (int p = 0; p < RDB_PERIODS; p++)
			kept |= is_kept_by(row, i, formats[p], rules->keep[p]);
		if (kept != !!backup->kept)
			fprintf(stderr, "%s %s\n", backup->type, show(backup->taken));
		CHECK_INT(!!backup->kept, kept);
	}
}

struct outage {
	time_t from, to;
};

static bool is_off(const struct outage *outages, time_t now)
{
	for (; outages->to; outages++)
		if (now >= outages->from && now < outages->to)
			return true;
	return false;
}

static int day_of_month(time_t when)
{
	struct tm tm;

	localtime_r(&when, &tm);
	return tm.tm_mday;
}

static void apply(const struct rdb_retention_rules *rules, struct row *row)
{
	judge(rules, row);
	if (row->count < 30 || day_of_month(row->backups[0].taken) % 15 == 0)
		check_row(rules, row);
	drop_removed(row);
}

/* Simulates a year with its own clock: the schedule decides, backups are made. */
static void live(const char *text, const struct rdb_retention_rules *rules, struct row *row)
{
	struct rdb_schedule schedule = {.count = 0};
	struct rdb_schedule_taken taken = {.at = {at("2026-01-01 00:00")}};
	const struct outage outages[] = {
		{at("2026-02-10 12:00"), at("2026-03-02 08:00")}, /* weeks */
		{at("2026-03-29 01:00"), at("2026-03-29 05:00")}, /* change to summer time */
		{at("2026-10-24 22:00"), at("2026-10-25 09:00")},
		{0, 0},
	};
	struct rdb_schedule_run run;
	time_t now = at("2026-01-01 00:00"), end = at("2027-01-01 00:00");
	size_t made = 0;

	for (int p = 1; p < RDB_PERIODS; p++)
		taken.at[p] = taken.at[0];
	REQUIRE(rdb_schedule_parse(text, &schedule, NULL) == 0);
	while (now < end) {
		REQUIRE(rdb_schedule_plan(&schedule, &taken, now, &run));
		now = run.when > now ? run.when : now;
		if (now >= end)
			break;
		if (is_off(outages, now)) {
			now += 600;
			continue;
		}
		if (made++ % 17 == 0)
			add(row, now, "imported");
		add(row, now, rdb_period_name(run.period));
		taken.at[run.period] = now;
		if (made % 7 == 0)
			apply(rules, row);
	}
	apply(rules, row);
}

static size_t count_of(const struct row *row, const char *type)
{
	size_t count = 0;

	for (size_t i = 0; i < row->count; i++)
		count += strcmp(row->backups[i].type, type) == 0;
	return count;
}

static void check_left(const struct row *row, const char *const *left)
{
	size_t at_left = 0;

	for (size_t i = 0; i < row->count; i++)
		if (strcmp(row->backups[i].type, "imported") != 0 && left[at_left])
			CHECK_STR(show(row->backups[i].taken), left[at_left++]);
	CHECK(!left[at_left]);
}

static void test_year_of_daily(void)
{
	/* Seven days; the Sundays of four weeks (the 27th is among the days); the ends of three
	 * months (so is the 31st). */
	static const char *const left[] = {"2026-12-31 02:30", "2026-12-30 02:30",
		"2026-12-29 02:30", "2026-12-28 02:30", "2026-12-27 02:30", "2026-12-26 02:30",
		"2026-12-25 02:30", "2026-12-20 02:30", "2026-12-13 02:30", "2026-11-30 02:30",
		"2026-10-31 02:30", NULL};
	struct row row = {.count = 0};

	live("daily@02:30", &rdb_retention_defaults, &row);
	check_left(&row, left);
	CHECK_INT(count_of(&row, "daily"), 11);
	/* 365 runs; 20 nights (10 February to 1 March) were replaced by one run; those of the two
	 * clock changes were made up on the same day. One imported backup on each 17th. */
	CHECK_INT(count_of(&row, "imported"), (365 - 20 + 1 + 16) / 17);
}

static void test_year_of_everything(void)
{
	const struct rdb_retention_rules rules = {.keep = {24, 7, 5, 12}};
	struct row row = {.count = 0};

	live("hourly@30+daily@02:30+weekly@sun-02:30+monthly@1-02:30", &rules, &row);
	/* A year has twelve months; five weeks and seven days partly coincide with them. */
	CHECK(row.count - count_of(&row, "imported") >= 24 + 6 + 3 + 11);
	CHECK(row.count - count_of(&row, "imported") <= 24 + 7 + 5 + 12);
	CHECK_STR(show(row.backups[0].taken), "2026-12-31 23:30");
}

/* ---- scopes and clusters ---- */

#define LIST(...)                                                                                  \
	(const char *const[]){__VA_ARGS__},                                                        \
		sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *)

static const struct rdb_scope shop = {LIST("shop"), NULL, 0};
static const struct rdb_scope blog = {LIST("blog"), NULL, 0};
static const struct rdb_scope posts = {LIST("blog.posts"), NULL, 0};
static const struct rdb_scope but_log = {NULL, 0, LIST("shop.log")};

static void add_of(struct row *row, const char *when, const char *type, size_t cluster,
	const struct rdb_scope *scope)
{
	struct rdb_retention_backup *backup = add(row, at(when), type);

	backup->cluster = cluster;
	backup->scope = scope;
}

static void test_scopes_do_not_compete(void)
{
	const struct rdb_retention_rules rules = {.keep = {0, 7, 0, 0}, .on_demand = 1};
	struct row row = {.count = 0};

	add_of(&row, "2026-03-01 01:00", "daily", 1, NULL);
	add_of(&row, "2026-03-01 02:00", "daily", 1, &shop);
	add_of(&row, "2026-03-01 03:00", "daily", 1, &blog);
	add_of(&row, "2026-03-01 04:00", "daily", 1, &posts);
	add_of(&row, "2026-03-01 05:00", "on-demand", 1, NULL);
	add_of(&row, "2026-03-01 06:00", "on-demand", 1, &posts);
	judge(&rules, &row);
	CHECK_INT(removals(&row), 0);
}

static void test_wider_replaces_narrower(void)
{
	const struct rdb_retention_rules rules = {.keep = {0, 1, 0, 0}};
	struct row row = {.count = 0};

	add_of(&row, "2026-03-01 01:00", "daily", 1, &posts); /* 5: by blog */
	add_of(&row, "2026-03-01 02:00", "daily", 1, &shop);  /* 4: by everything */
	add_of(&row, "2026-03-01 03:00", "daily", 1, NULL);   /* 3 */
	add_of(&row, "2026-03-01 04:00", "daily", 1, &but_log);
	add_of(&row, "2026-03-01 05:00", "daily", 1, &blog);
	add_of(&row, "2026-03-01 06:00", "daily", 1, &shop);
	judge(&rules, &row);
	CHECK_INT(removals(&row), 2);
	CHECK_INT(row.backups[5].kept, 0);
	CHECK_INT(row.backups[4].kept, 0);
}

static void test_clusters_do_not_compete(void)
{
	const struct rdb_retention_rules rules = {.keep = {0, 1, 0, 0}};
	struct row row = {.count = 0};

	add_of(&row, "2026-03-01 01:00", "daily", 0, NULL);
	add_of(&row, "2026-03-02 01:00", "daily", 1, NULL);
	add_of(&row, "2026-03-03 01:00", "daily", 2, NULL);
	judge(&rules, &row);
	CHECK_INT(removals(&row), 0);
	add_of(&row, "2026-03-04 01:00", "daily", 1, NULL);
	add_of(&row, "2026-03-05 01:00", "daily", 0, NULL);
	judge(&rules, &row);
	CHECK_INT(removals(&row), 2);
	CHECK_INT(row.backups[4].kept, 0);
	CHECK_INT(row.backups[3].kept, 0);
}

static void test_newest_good_of_each(void)
{
	const struct rdb_retention_rules rules = {.on_demand = 0, .keep = {0, 1, 0, 0}};
	struct row row = {.count = 0};

	add_of(&row, "2026-03-01 01:00", "daily", 1, &shop);
	add_of(&row, "2026-03-02 01:00", "daily", 1, &shop);
	add_of(&row, "2026-03-03 01:00", "daily", 1, NULL);
	row.backups[0].state = RDB_ARCHIVE_DAMAGED;
	judge(&rules, &row);
	CHECK_INT(removals(&row), 1);
	CHECK_INT(row.backups[2].kept, 0);
	CHECK(row.backups[1].kept & RDB_KEPT_NEWEST);
}

/* ---- random scenarios, against a model ---- */

/* Tables of a small example, selected by name for a scope. */
static const char *const world[][2] = {{"shop", "orders"}, {"shop", "log"}, {"shop", "other"},
	{"blog", "posts"}, {"blog", "other"}, {"third", "other"}};

static const struct rdb_scope *const scopes[] = {NULL, &shop, &blog, &posts, &but_log};

static unsigned tables_of(const struct rdb_scope *scope)
{
	unsigned tables = 0;

	for (size_t i = 0; i < sizeof(world) / sizeof(world[0]); i++)
		if (!scope || rdb_scope_has_table(scope, world[i][0], world[i][1]))
			tables |= 1u << i;
	return tables;
}

static bool is_suspect(const struct rdb_retention_backup *backup)
{
	return backup->state == RDB_ARCHIVE_DAMAGED || backup->state == RDB_ARCHIVE_UNREADABLE ||
	       backup->state == RDB_ARCHIVE_UNREACHABLE;
}

static bool is_model_row(const struct row *row, size_t other, size_t of, time_t now)
{
	const struct rdb_retention_backup *a = &row->backups[other], *b = &row->backups[of];

	return !is_suspect(a) && a->taken <= now + RDB_SCHEDULE_FUTURE &&
	       a->cluster == b->cluster && (tables_of(b->scope) & ~tables_of(a->scope)) == 0;
}

static bool is_in_turn(const char *type, bool scheduled)
{
	return scheduled ? rdb_period_find(type) != RDB_PERIODS : !strcmp(type, "on-demand");
}

/* Number of hours, days, … with a newer backup in its row; SIZE_MAX: a newer one exists in its own
 * period. format "": each backup is a period of its own. */
static size_t places_above(
	const struct row *row, size_t of, const char *format, bool scheduled, time_t now)
{
	char own[40] = "", seen[40] = "", place[40];
	struct tm tm;
	size_t above = 0;

	localtime_r(&row->backups[of].taken, &tm);
	strftime(own, sizeof(own), format, &tm);
	for (size_t i = 0; i < of; i++) {
		if (!is_in_turn(row->backups[i].type, scheduled) || !is_model_row(row, i, of, now))
			continue;
		localtime_r(&row->backups[i].taken, &tm);
		strftime(place, sizeof(place), format, &tm);
		if (*format && strcmp(place, own) == 0)
			return SIZE_MAX;
		above += !*format || strcmp(place, seen) != 0;
		strcpy(seen, place);
	}
	return above;
}

static bool is_kept_by_model(
	const struct rdb_retention_rules *rules, const struct row *row, size_t i, time_t now)
{
	static const char *const formats[] = {"%F %H%z", "%F", "%G-%V", "%Y-%m"};
	const struct rdb_retention_backup *b = &row->backups[i];
	bool scheduled = is_in_turn(b->type, true), demanded = is_in_turn(b->type, false);
	bool newest = true;

	if (is_suspect(b) || b->taken > now + RDB_SCHEDULE_FUTURE || (!scheduled && !demanded) ||
		!rdb_retention_has_rule(rules, b->type))
		return true;
	for (size_t other = 0; other < i; other++)
		if (is_model_row(row, other, i, now) &&
			(is_in_turn(row->backups[other].type, true) ||
				is_in_turn(row->backups[other].type, false)))
			newest = false;
	if (demanded)
		return newest || places_above(row, i, "", false, now) < rules->on_demand;
	for (int p = 0; p < RDB_PERIODS; p++)
		if (places_above(row, i, formats[p], true, now) < rules->keep[p])
			return true;
	return newest;
}

/* For each backup to be removed, a good, newer one of the same cluster with all its
 * tables stays. */
static void check_nothing_is_lost(const struct row *row, time_t now)
{
	for (size_t i = 0; i < row->count; i++) {
		bool covered = false;

		for (size_t other = 0; other < i && !row->backups[i].kept; other++)
			covered |= row->backups[other].kept && is_model_row(row, other, i, now);
		CHECK(row->backups[i].kept || covered);
	}
}

static void make_random_row(struct row *row, time_t start)
{
	static const char *const types[] = {
		"hourly", "daily", "daily", "weekly", "monthly", "on-demand", "imported"};
	static const enum rdb_archive_state states[24] = {
		RDB_ARCHIVE_DAMAGED, RDB_ARCHIVE_UNREACHABLE, RDB_ARCHIVE_OK};
	size_t count = 1 + (size_t)(random() % 60);
	time_t step = 600 + random() % (3 * 86400);

	row->count = 0;
	for (size_t i = 0; i < count; i++) {
		struct rdb_retention_backup *backup =
			add(row, start, types[random() % (long)(sizeof(types) / sizeof(types[0]))]);
		backup->cluster = (size_t)(random() % 3);
		backup->scope = scopes[random() % (long)(sizeof(scopes) / sizeof(scopes[0]))];
		backup->state = states[random() % 24];
		start += 1 + random() % step;
	}
}

static void test_random_scenarios(void)
{
	struct row row;

	srandom(20261129);
	for (int scenario = 0; scenario < 300; scenario++) {
		struct rdb_retention_rules rules = {.on_demand = (unsigned)(random() % 3)};
		time_t now;

		for (int p = 0; p < RDB_PERIODS; p++)
			rules.keep[p] = random() % 3 ? 0 : (unsigned)(random() % 5);
		make_random_row(&row, at("2026-01-15 00:00"));
		now = row.backups[(size_t)random() % row.count % 3].taken;
		rdb_retention_decide(&rules, now, row.backups, row.count);
		for (size_t i = 0; i < row.count; i++)
			if (!!row.backups[i].kept != is_kept_by_model(&rules, &row, i, now)) {
				fprintf(stderr, "scenario %d, backup %zu\n", scenario, i);
				check_failed++;
			}
		check_nothing_is_lost(&row, now);
	}
}

/* ---- a store ---- */

/* An archive as rdbfs writes it, with or without facts. */
static void make_archive(const char *path, const char *type, const char *facts)
{
	const struct rdb_writer_options options = {.path = path, .type = type, .threads = 1};
	struct rdb_writer *writer;
	struct rdb_err err = {0};

	REQUIRE(rdb_writer_create(&options, &writer, &err) == 0);
	if (facts)
		REQUIRE(rdb_writer_facts(writer, facts, &err) == 0);
	REQUIRE(rdb_writer_commit(writer, NULL, &err) == 0);
}

/* Changes the home of an archive. */
static void set_home(const char *path, uint64_t home)
{
	char head[RDB_EMBED_START];
	struct rdb_embed_label label;
	int fd = open(path, O_RDWR);

	REQUIRE(fd >= 0 && pread(fd, head, sizeof(head), 0) == (ssize_t)sizeof(head));
	REQUIRE(rdb_embed_label_parse(head + 10, &label) == 0);
	label.home = home;
	rdb_embed_label_format(&label, head + 10);
	REQUIRE(pwrite(fd, head, sizeof(head), 0) == (ssize_t)sizeof(head));
	close(fd);
}

static const char *path_of(const char *folder, const char *stamp)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/rethinkdb_dump_%s.tar.gz", folder, stamp);
	return path;
}

/* Creates an archive as rdbfs would in this folder; with another home if home is given; without a
 * type like another program. */
static void put_with_home(const char *folder, const char *stamp, const char *type, uint64_t home)
{
	const char *path = path_of(folder, stamp);

	make_archive(path, type ? type : "daily", NULL);
	if (!type)
		REQUIRE(truncate(path, 0) == 0);
	else if (home != UINT64_MAX)
		set_home(path, home);
}

static void put(const char *folder, const char *stamp, const char *type)
{
	put_with_home(folder, stamp, type, UINT64_MAX);
}

static bool is_there(const char *folder, const char *stamp)
{
	return access(path_of(folder, stamp), F_OK) == 0;
}

static enum rdb_archive_state damaged_if(void *arg, const struct rdb_entry *entry)
{
	return strstr(entry->name, arg) ? RDB_ARCHIVE_DAMAGED : RDB_ARCHIVE_UNVERIFIED;
}

static void remove_folder(const char *folder)
{
	char command[300];

	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	REQUIRE(system(command) == 0);
}

static void test_retention_removes_from_a_store(void)
{
	const struct rdb_retention_rules rules = {.keep = {0, 2, 0, 0}, .on_demand = 1};
	char folder[] = "/tmp/rdbfs-retention-XXXXXX", damaged[] = "11-05";
	struct rdb_store *store;
	struct rdb_types *types;
	struct rdb_err err = {0};

	REQUIRE(mkdtemp(folder));
	put(folder, "2026-11-01T03:00:00", NULL);
	put(folder, "2026-11-02T03:00:00", "daily");
	put(folder, "2026-11-03T03:00:00", "daily");
	put(folder, "2026-11-04T03:00:00", "daily");
	put(folder, "2026-11-05T03:00:00", "daily"); /* damaged */
	put(folder, "2026-11-06T03:00:00", "on-demand");
	put(folder, "2026-11-07T03:00:00", "on-demand");
	REQUIRE(rdb_store_directory(folder, NULL, &store, &err) == 0);
	REQUIRE(rdb_types_create(store, &types) == 0);
	CHECK_INT(rdb_retention_apply(store, types, &(struct rdb_retention_rules){.on_demand = 0},
			  NULL, at("2026-11-30 00:00"), NULL, NULL, &err),
		0);
	CHECK_INT(rdb_retention_apply(store, types, &rules, NULL, at("2026-11-30 00:00"),
			  damaged_if, damaged, &err),
		2);
	CHECK(is_there(folder, "2026-11-01T03:00:00"));
	CHECK(!is_there(folder, "2026-11-02T03:00:00"));
	CHECK(is_there(folder, "2026-11-03T03:00:00"));
	CHECK(is_there(folder, "2026-11-04T03:00:00"));
	CHECK(is_there(folder, "2026-11-05T03:00:00"));
	CHECK(!is_there(folder, "2026-11-06T03:00:00"));
	CHECK(is_there(folder, "2026-11-07T03:00:00"));
	/* The listing is not watched, so it still contains the two removed ones. */
	CHECK_INT(rdb_retention_apply(store, types, &rules, NULL, at("2026-11-30 00:00"),
			  damaged_if, damaged, &err),
		0);
	rdb_types_destroy(types);
	rdb_store_close(store);
	remove_folder(folder);
}

/* Creates a daily backup that was begun at "started", even if the name contains another time. */
static void put_started(const char *folder, const char *stamp, time_t started)
{
	char facts[64];

	snprintf(facts, sizeof(facts), "{\"started\":%lld}", (long long)started);
	make_archive(path_of(folder, stamp), "daily", facts);
}

/* File names contain local times. After a change of the time zone, the recorded starts decide which
 * backup is newer, but a start too far from the time in the name is ignored. */
static void test_recorded_starts_decide(void)
{
	const struct rdb_retention_rules rules = {.keep = {0, 2, 0, 0}};
	char folder[] = "/tmp/rdbfs-retention-XXXXXX";
	struct rdb_dump_options dump = {.scope = {0}};
	struct rdb_schedule_taken taken = {.at = {0}};
	struct rdb_retention_plan plan;
	struct rdb_store *store;
	struct rdb_types *types;
	struct rdb_err err = {0};
	time_t now = at("2026-11-04 03:00");

	REQUIRE(mkdtemp(folder));
	put_started(folder, "2026-11-02T23:59:00", at("2026-11-02 14:59")); /* 9 h to the east */
	put_started(folder, "2026-11-03T12:00:00", at("2026-11-03 03:00"));
	put_started(folder, "2026-11-03T04:00:00", at("2026-11-03 04:00")); /* made last */
	put_started(folder, "2026-11-01T03:00:00", at("2026-11-04 01:00")); /* renamed */
	REQUIRE(rdb_store_directory(folder, NULL, &store, &err) == 0);
	REQUIRE(rdb_types_create(store, &types) == 0);
	struct rdb_past_runs past = {
		.store = store, .types = types, .dump = &dump, .rules = &rules};
	CHECK_INT(rdb_past_runs_find(&past, now, &taken), 0);
	CHECK_INT(taken.at[RDB_DAILY], at("2026-11-03 04:00"));
	REQUIRE(rdb_retention_plan(
			store, types, &rules, NULL, now, true, NULL, NULL, &plan, &err) == 0);
	CHECK_INT(plan.count, 4);
	CHECK_INT(plan.removals, 2);
	CHECK_STR(plan.backups[0].entry->name, "rethinkdb_dump_2026-11-03T04:00:00");
	CHECK_STR(plan.backups[1].entry->name, "rethinkdb_dump_2026-11-03T12:00:00");
	CHECK(!plan.backups[1].kept);
	rdb_retention_plan_free(&plan);
	CHECK_INT(rdb_retention_apply(store, types, &rules, NULL, now, NULL, NULL, &err), 2);
	CHECK(is_there(folder, "2026-11-02T23:59:00"));
	CHECK(!is_there(folder, "2026-11-03T12:00:00"));
	CHECK(is_there(folder, "2026-11-03T04:00:00"));
	CHECK(!is_there(folder, "2026-11-01T03:00:00"));
	rdb_types_destroy(types);
	rdb_store_close(store);
	remove_folder(folder);
}

/* The clock was set back, so the backup just made has an earlier time. Retention removes exactly
 * the backups that the plan marks for removal. */
static void test_backup_just_made_stays(void)
{
	const struct rdb_retention_rules rules = {.keep = {0, 1, 0, 0}};
	char folder[] = "/tmp/rdbfs-retention-XXXXXX";
	struct rdb_retention_plan plan;
	struct rdb_store *store;
	struct rdb_types *types;
	struct rdb_err err = {0};

	REQUIRE(mkdtemp(folder));
	put(folder, "2026-11-02T01:00:00", "daily");
	put(folder, "2026-11-02T02:00:00", "daily"); /* made last */
	put(folder, "2026-11-02T03:00:00", "daily");
	REQUIRE(rdb_store_directory(folder, NULL, &store, &err) == 0);
	REQUIRE(rdb_types_create(store, &types) == 0);
	REQUIRE(rdb_retention_plan(store, types, &rules,
			"rethinkdb_dump_2026-11-02T02:00:00.tar.gz", at("2026-11-02 02:01"), true,
			NULL, NULL, &plan, &err) == 0);
	CHECK_INT(plan.removals, 1);
	CHECK_INT(plan.backups[1].kept, RDB_KEPT_MADE);
	rdb_retention_plan_free(&plan);
	CHECK_INT(rdb_retention_apply(store, types, &rules,
			  "rethinkdb_dump_2026-11-02T02:00:00.tar.gz", at("2026-11-02 02:01"), NULL,
			  NULL, &err),
		1);
	CHECK(!is_there(folder, "2026-11-02T01:00:00"));
	CHECK(is_there(folder, "2026-11-02T02:00:00"));
	CHECK(is_there(folder, "2026-11-02T03:00:00"));
	rdb_types_destroy(types);
	rdb_store_close(store);
	remove_folder(folder);
}

static void move(const char *from, const char *from_stamp, const char *to, const char *to_stamp)
{
	char old[256];

	strcpy(old, path_of(from, from_stamp));
	REQUIRE(rename(old, path_of(to, to_stamp)) == 0);
}

/* Daily backups, of which the rule keeps the last: those made elsewhere stay. */
static void test_made_elsewhere(void)
{
	const struct rdb_retention_rules rules = {.keep = {0, 1, 0, 0}};
	char folder[] = "/tmp/rdbfs-retention-XXXXXX", other[] = "/tmp/rdbfs-retention-XXXXXX";
	struct rdb_retention_plan plan;
	struct rdb_store *store;
	struct rdb_types *types;
	struct rdb_err err = {0};

	REQUIRE(mkdtemp(folder) && mkdtemp(other));
	put(folder, "2026-11-01T03:00:00", "daily");
	put_with_home(folder, "2026-11-02T03:00:00", "daily", 0);
	put_with_home(folder, "2026-11-03T03:00:00", "daily", 1);
	put(folder, "2026-11-14T03:00:00", "daily");
	move(folder, "2026-11-14T03:00:00", folder, "2026-11-04T03:00:00");
	put(other, "2026-11-05T03:00:00", "daily");
	move(other, "2026-11-05T03:00:00", folder, "2026-11-05T03:00:00");
	put(folder, "2026-11-06T03:00:00", "daily");
	move(folder, "2026-11-06T03:00:00", other, "2026-11-06T03:00:00");
	move(other, "2026-11-06T03:00:00", folder, "2026-11-06T03:00:00");
	put(folder, "2026-11-07T03:00:00", "daily");
	REQUIRE(rdb_store_directory(folder, NULL, &store, &err) == 0);
	REQUIRE(rdb_types_create(store, &types) == 0);
	/* Nothing has been read yet, so no type is known. */
	REQUIRE(rdb_retention_plan(store, types, &rules, NULL, at("2026-11-30 00:00"), false, NULL,
			NULL, &plan, &err) == 0);
	CHECK_INT(plan.unknown, 7);
	CHECK_INT(plan.removals, 0);
	rdb_retention_plan_free(&plan);
	REQUIRE(rdb_retention_plan(store, types, &rules, NULL, at("2026-11-30 00:00"), true, NULL,
			NULL, &plan, &err) == 0);
	CHECK_INT(plan.imported, 4);
	CHECK_INT(plan.removals, 2);
	rdb_retention_plan_free(&plan);
	REQUIRE(rdb_retention_plan(store, types, &rules, NULL, at("2026-11-30 00:00"), false, NULL,
			NULL, &plan, &err) == 0);
	CHECK_INT(plan.unknown, 0);
	CHECK_INT(plan.removals, 2);
	rdb_retention_plan_free(&plan);
	CHECK_INT(rdb_retention_apply(
			  store, types, &rules, NULL, at("2026-11-30 00:00"), NULL, NULL, &err),
		2);
	CHECK(!is_there(folder, "2026-11-01T03:00:00"));
	CHECK(is_there(folder, "2026-11-02T03:00:00"));
	CHECK(is_there(folder, "2026-11-03T03:00:00"));
	CHECK(is_there(folder, "2026-11-04T03:00:00"));
	CHECK(is_there(folder, "2026-11-05T03:00:00"));
	CHECK(!is_there(folder, "2026-11-06T03:00:00")); /* removed and recreated */
	CHECK(is_there(folder, "2026-11-07T03:00:00"));
	rdb_types_destroy(types);
	rdb_store_close(store);
	remove_folder(folder);
	remove_folder(other);
}

/* A file of the same size and time that replaces an own one after it was judged. */
static void test_replaced_meanwhile(void)
{
	const struct rdb_retention_rules rules = {.on_demand = 1};
	char folder[] = "/tmp/rdbfs-retention-XXXXXX", other[] = "/tmp/rdbfs-retention-XXXXXX";
	struct rdb_retention_plan plan;
	struct timespec times[2];
	struct rdb_store *store;
	struct rdb_types *types;
	struct rdb_err err = {0};
	struct stat st;

	REQUIRE(mkdtemp(folder) && mkdtemp(other));
	put(folder, "2026-11-01T03:00:00", "on-demand");
	put(folder, "2026-11-02T03:00:00", "on-demand");
	REQUIRE(rdb_store_directory(folder, NULL, &store, &err) == 0);
	REQUIRE(rdb_types_create(store, &types) == 0);
	REQUIRE(rdb_retention_plan(store, types, &rules, NULL, at("2026-11-30 00:00"), true, NULL,
			NULL, &plan, &err) == 0);
	CHECK_INT(plan.removals, 1);
	rdb_retention_plan_free(&plan);
	REQUIRE(stat(path_of(folder, "2026-11-01T03:00:00"), &st) == 0);
	times[0] = times[1] = st.st_mtim;
	put(other, "2026-11-01T03:00:00", "on-demand");
	REQUIRE(utimensat(AT_FDCWD, path_of(other, "2026-11-01T03:00:00"), times, 0) == 0);
	move(other, "2026-11-01T03:00:00", folder, "2026-11-01T03:00:00");
	CHECK_INT(rdb_retention_apply(
			  store, types, &rules, NULL, at("2026-11-30 00:00"), NULL, NULL, &err),
		0);
	CHECK(is_there(folder, "2026-11-01T03:00:00"));
	rdb_types_destroy(types);
	rdb_store_close(store);
	remove_folder(folder);
	remove_folder(other);
}

static void put_of(const char *folder, const char *stamp, const char *cluster, const char *scope)
{
	char facts[200];

	snprintf(facts, sizeof(facts), "{\"scope\":%s,\"cluster\":%s}", scope, cluster);
	make_archive(path_of(folder, stamp), "daily", facts);
}

#define FULL "{\"only\":[],\"except\":[]}"
#define SHOP "{\"only\":[\"shop\"],\"except\":[]}"

static void test_store_of_scopes_and_clusters(void)
{
	const struct rdb_retention_rules rules = {.keep = {0, 1, 0, 0}};
	char folder[] = "/tmp/rdbfs-retention-XXXXXX";
	struct rdb_retention_plan plan;
	struct rdb_store *store;
	struct rdb_types *types;
	struct rdb_err err = {0};

	REQUIRE(mkdtemp(folder));
	put_of(folder, "2026-11-01T01:00:00", "[\"1\"]",
		FULL); /* removed: covered by that of the 4th */
	put_of(folder, "2026-11-01T02:00:00", "[\"1\"]",
		SHOP); /* removed: covered by that of the 4th */
	put_of(folder, "2026-11-02T01:00:00", "[\"2\"]", FULL);
	put_of(folder, "2026-11-03T01:00:00", "[\"1\",\"3\"]", SHOP);
	put_of(folder, "2026-11-04T01:00:00", "[\"3\"]",
		FULL); /* removed too: covered by that of the 3rd */
	put_of(folder, "2026-11-04T02:00:00", "[\"3\"]", SHOP);
	put(folder, "2026-11-05T01:00:00", "daily"); /* of an older rdbfs: another cluster */
	put_of(folder, "2026-11-06T01:00:00", "[\"3\"]", "{\"only\":[0]}");
	REQUIRE(rdb_store_directory(folder, NULL, &store, &err) == 0);
	REQUIRE(rdb_types_create(store, &types) == 0);
	REQUIRE(rdb_retention_plan(store, types, &rules, NULL, at("2026-11-30 00:00"), true, NULL,
			NULL, &plan, &err) == 0);
	CHECK(plan.backups[0].kept & RDB_KEPT_DAMAGED);
	CHECK_INT(plan.unknown, 0);
	rdb_retention_plan_free(&plan);
	CHECK_INT(rdb_retention_apply(
			  store, types, &rules, NULL, at("2026-11-30 00:00"), NULL, NULL, &err),
		3);
	CHECK(!is_there(folder, "2026-11-01T01:00:00"));
	CHECK(!is_there(folder, "2026-11-01T02:00:00"));
	CHECK(!is_there(folder, "2026-11-03T01:00:00"));
	CHECK(is_there(folder, "2026-11-05T01:00:00"));
	rdb_types_destroy(types);
	store->ops->close(store);
	remove_folder(folder);
}

static void test_store_that_is_gone(void)
{
	const struct rdb_retention_rules rules = {.on_demand = 1};
	char folder[] = "/tmp/rdbfs-retention-XXXXXX";

	struct rdb_retention_plan plan;
	struct rdb_store *store;
	struct rdb_types *types;
	struct rdb_err err = {0};
	char type[RDB_TYPE_MAX];

	REQUIRE(mkdtemp(folder));
	put(folder, "2026-11-02T03:00:00", "daily");
	put(folder, "2026-11-03T03:00:00", "weekly");
	REQUIRE(rdb_store_directory(folder, NULL, &store, &err) == 0);
	REQUIRE(rdb_types_create(store, &types) == 0);
	CHECK_INT(rdb_retention_plan(store, types, &rules, NULL, at("2026-11-30 00:00"), true, NULL,
			  NULL, &plan, &err),
		0);
	CHECK_INT(plan.removals, 0);
	remove_folder(folder);
	rdb_types_get(types, plan.backups[0].entry, type);
	CHECK_STR(type, "weekly"); /* remembered */
	rdb_retention_plan_free(&plan);
	rdb_types_destroy(types);
	rdb_store_close(store);
}

int main(void)
{
	RUN(test_no_rules);
	RUN(test_what_rules_are_about);
	RUN(test_imported_backups_are_kept);
	RUN(test_on_demand_has_its_own);
	RUN(test_days_that_have_one);
	RUN(test_newest_good_stays);
	RUN(test_damaged_counts_for_nothing);
	RUN(test_unreachable_counts_for_nothing);
	RUN(test_dated_in_the_future);
	RUN(test_weeks_are_from_monday);
	RUN(test_hour_that_is_there_twice);
	RUN(test_rules_as_text);
	RUN(test_year_of_daily);
	RUN(test_year_of_everything);
	RUN(test_scopes_do_not_compete);
	RUN(test_wider_replaces_narrower);
	RUN(test_clusters_do_not_compete);
	RUN(test_newest_good_of_each);
	RUN(test_random_scenarios);
	RUN(test_retention_removes_from_a_store);
	RUN(test_recorded_starts_decide);
	RUN(test_backup_just_made_stays);
	RUN(test_store_of_scopes_and_clusters);
	RUN(test_made_elsewhere);
	RUN(test_replaced_meanwhile);
	RUN(test_store_that_is_gone);
	CHECK_EXIT();
}
