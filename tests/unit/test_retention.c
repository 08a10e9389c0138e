#include "schedule/retention.h"

#include "archive/embed.h"
#include "unit/check.h"
#include "writer/home.h"

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

/* To be given oldest first. */
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
	rdb_retention_judge(
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

static void test_imported(void)
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

/* Days without a backup don't count: a machine that was off loses nothing. */
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

	/* The only good one is old, and no rule would keep it. */
	add(&row, at("2026-01-01 03:00"), "on-demand");
	add(&row, at("2026-01-02 03:00"), "on-demand");
	add(&row, at("2026-01-03 03:00"), "on-demand")->damaged = true;
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
	add(&row, at("2026-01-02 03:00"), "daily")->damaged = true;
	judge(&rules, &row);
	CHECK_INT(removals(&row), 0);
	CHECK_INT(row.backups[1].kept, 1 << RDB_DAILY | RDB_KEPT_NEWEST);
}

/* They count for nothing: what was really made last stays as if they were not there. */
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
	rdb_retention_judge(&rules, now, row.backups, row.count);
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

static void test_words(void)
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

/* How many hours, days, weeks, months that have a backup are newer than this one's, and whether
 * it is the newest of its own: counted the slow way, from what a calendar prints. */
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

/* Lives through the year with a clock of its own: the schedule asks, backups are made. */
static void live(const char *text, const struct rdb_retention_rules *rules, struct row *row)
{
	struct rdb_schedule schedule = {.count = 0};
	struct rdb_schedule_taken taken = {.at = {at("2026-01-01 00:00")}};
	const struct outage outages[] = {
		{at("2026-02-10 12:00"), at("2026-03-02 08:00")}, /* weeks */
		{at("2026-03-29 01:00"), at("2026-03-29 05:00")}, /* the change of the clocks */
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
	/* Seven days; the Sundays of four weeks (27th is among the days); the ends of three
	 * months (the 31st is, too). */
	static const char *const left[] = {"2026-12-31 02:30", "2026-12-30 02:30",
		"2026-12-29 02:30", "2026-12-28 02:30", "2026-12-27 02:30", "2026-12-26 02:30",
		"2026-12-25 02:30", "2026-12-20 02:30", "2026-12-13 02:30", "2026-11-30 02:30",
		"2026-10-31 02:30", NULL};
	struct row row = {.count = 0};

	live("daily@02:30", &rdb_retention_defaults, &row);
	check_left(&row, left);
	CHECK_INT(count_of(&row, "daily"), 11);
	/* 365 runs, of which 20 nights (10 February to 1 March) were made up by one; those of
	 * the two changes were made up the same day. An imported one came with each 17th. */
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

/* ---- a store ---- */

/* An archive as rdbfs makes it there; with another home where that is given; without a type as
 * another program makes it. */
static void put_with_home(const char *folder, const char *stamp, const char *type, uint64_t home)
{
	int dir = open(folder, O_RDONLY | O_DIRECTORY), fd;
	char name[256], head[RDB_EMBED_START] = "\x1f\x8b\x08\x10";
	struct rdb_embed_label label = {.size = 1};

	snprintf(name, sizeof(name), "rethinkdb_dump_%s.tar.gz", stamp);
	REQUIRE((fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL, 0600)) >= 0);
	if (type) {
		strcpy(label.type, type);
		label.home = home == UINT64_MAX ? rdb_home(dir, fd, name) : home;
		rdb_embed_label_format(&label, head + 10);
	}
	REQUIRE(write(fd, head, sizeof(head)) == (ssize_t)sizeof(head));
	close(fd);
	close(dir);
}

static void put(const char *folder, const char *stamp, const char *type)
{
	put_with_home(folder, stamp, type, UINT64_MAX);
}

static const char *path_of(const char *folder, const char *stamp)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/rethinkdb_dump_%s.tar.gz", folder, stamp);
	return path;
}

static bool is_there(const char *folder, const char *stamp)
{
	return access(path_of(folder, stamp), F_OK) == 0;
}

static bool is_damaged(void *arg, const struct rdb_entry *entry)
{
	return strstr(entry->name, arg) != NULL;
}

static void remove_folder(const char *folder)
{
	char command[300];

	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	REQUIRE(system(command) == 0);
}

static void test_store(void)
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
			  at("2026-11-30 00:00"), NULL, NULL, &err),
		0);
	CHECK_INT(rdb_retention_apply(
			  store, types, &rules, at("2026-11-30 00:00"), is_damaged, damaged, &err),
		2);
	CHECK(is_there(folder, "2026-11-01T03:00:00"));
	CHECK(!is_there(folder, "2026-11-02T03:00:00"));
	CHECK(is_there(folder, "2026-11-03T03:00:00"));
	CHECK(is_there(folder, "2026-11-04T03:00:00"));
	CHECK(is_there(folder, "2026-11-05T03:00:00"));
	CHECK(!is_there(folder, "2026-11-06T03:00:00"));
	CHECK(is_there(folder, "2026-11-07T03:00:00"));
	/* The listing isn't watched, so it still has the two: they are gone already. */
	CHECK_INT(rdb_retention_apply(
			  store, types, &rules, at("2026-11-30 00:00"), is_damaged, damaged, &err),
		0);
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

/* Daily ones, of which the rule keeps the last: those that aren't at home there stay. */
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
	/* Nothing is read, so nothing is known of any. */
	REQUIRE(rdb_retention_plan_known(store, types, &rules, at("2026-11-30 00:00"), NULL, NULL,
			&plan, &err) == 0);
	CHECK_INT(plan.unknown, 7);
	CHECK_INT(plan.removals, 0);
	rdb_retention_plan_free(&plan);
	REQUIRE(rdb_retention_plan(store, types, &rules, at("2026-11-30 00:00"), NULL, NULL, &plan,
			&err) == 0);
	CHECK_INT(plan.imported, 4);
	CHECK_INT(plan.removals, 2);
	rdb_retention_plan_free(&plan);
	REQUIRE(rdb_retention_plan_known(store, types, &rules, at("2026-11-30 00:00"), NULL, NULL,
			&plan, &err) == 0);
	CHECK_INT(plan.unknown, 0);
	CHECK_INT(plan.removals, 2);
	rdb_retention_plan_free(&plan);
	CHECK_INT(
		rdb_retention_apply(store, types, &rules, at("2026-11-30 00:00"), NULL, NULL, &err),
		2);
	CHECK(!is_there(folder, "2026-11-01T03:00:00"));
	CHECK(is_there(folder, "2026-11-02T03:00:00"));
	CHECK(is_there(folder, "2026-11-03T03:00:00"));
	CHECK(is_there(folder, "2026-11-04T03:00:00"));
	CHECK(is_there(folder, "2026-11-05T03:00:00"));
	CHECK(!is_there(folder, "2026-11-06T03:00:00")); /* it went and came back */
	CHECK(is_there(folder, "2026-11-07T03:00:00"));
	rdb_types_destroy(types);
	rdb_store_close(store);
	remove_folder(folder);
	remove_folder(other);
}

/* A file that takes an own one's place after it was judged, of the same size and time. */
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
	REQUIRE(rdb_retention_plan(store, types, &rules, at("2026-11-30 00:00"), NULL, NULL, &plan,
			&err) == 0);
	CHECK_INT(plan.removals, 1);
	rdb_retention_plan_free(&plan);
	REQUIRE(stat(path_of(folder, "2026-11-01T03:00:00"), &st) == 0);
	times[0] = times[1] = st.st_mtim;
	put(other, "2026-11-01T03:00:00", "on-demand");
	REQUIRE(utimensat(AT_FDCWD, path_of(other, "2026-11-01T03:00:00"), times, 0) == 0);
	move(other, "2026-11-01T03:00:00", folder, "2026-11-01T03:00:00");
	CHECK_INT(
		rdb_retention_apply(store, types, &rules, at("2026-11-30 00:00"), NULL, NULL, &err),
		0);
	CHECK(is_there(folder, "2026-11-01T03:00:00"));
	rdb_types_destroy(types);
	rdb_store_close(store);
	remove_folder(folder);
	remove_folder(other);
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
	CHECK_INT(rdb_retention_plan(
			  store, types, &rules, at("2026-11-30 00:00"), NULL, NULL, &plan, &err),
		0);
	CHECK_INT(plan.removals, 0);
	remove_folder(folder);
	rdb_types_get(types, plan.entries[0], type);
	CHECK_STR(type, "weekly"); /* remembered */
	rdb_retention_plan_free(&plan);
	rdb_types_destroy(types);
	rdb_store_close(store);
}

int main(void)
{
	RUN(test_no_rules);
	RUN(test_what_rules_are_about);
	RUN(test_imported);
	RUN(test_on_demand_has_its_own);
	RUN(test_days_that_have_one);
	RUN(test_newest_good_stays);
	RUN(test_damaged_counts_for_nothing);
	RUN(test_dated_in_the_future);
	RUN(test_weeks_are_from_monday);
	RUN(test_hour_that_is_there_twice);
	RUN(test_words);
	RUN(test_year_of_daily);
	RUN(test_year_of_everything);
	RUN(test_store);
	RUN(test_made_elsewhere);
	RUN(test_replaced_meanwhile);
	RUN(test_store_that_is_gone);
	CHECK_EXIT();
}
