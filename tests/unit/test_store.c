#include "directory/directory.h"
#include "store/file_name.h"
#include "store/store.h"
#include "unit/check.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE_MS 120000
#define STILL_MS 4900 /* 5 seconds, with tolerance for differing clocks */

/* ---- a folder of backups ---- */

static char root[64];   /* folder of the test */
static char source[96]; /* folder of backups */

static const char *in_source(const char *name)
{
	static char paths[4][512];
	static unsigned next;
	char *path = paths[next++ % 4];

	snprintf(path, sizeof(paths[0]), "%s/%s", source, name);
	return path;
}

static void begin(void)
{
	strcpy(root, "/tmp/rdbfs-store-XXXXXX");
	REQUIRE(mkdtemp(root));
	snprintf(source, sizeof(source), "%s/source", root);
	REQUIRE(mkdir(source, 0700) == 0);
}

static void end(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", root);
	REQUIRE(system(command) == 0);
}

static void put(const char *name, const char *text)
{
	int fd = open(in_source(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);

	REQUIRE(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

static void set_time(const char *name, time_t when)
{
	struct timespec times[2] = {{.tv_sec = when}, {.tv_sec = when}};

	REQUIRE(utimensat(AT_FDCWD, in_source(name), times, 0) == 0);
}

static void make_old(const char *name)
{
	set_time(name, 1700000000);
}

static struct rdb_store *open_store(void)
{
	struct rdb_store *store;
	struct rdb_err err = {0};

	if (rdb_store_directory(source, NULL, &store, &err) != 0) {
		fprintf(stderr, "%s\n", err.text);
		exit(1);
	}
	return store;
}

static const struct rdb_listing *list(struct rdb_store *store)
{
	const struct rdb_listing *listing;

	return rdb_store_list(store, &listing, NULL) == 0 ? listing : NULL;
}

/* The id of the backup; 0: not listed; UINT64_MAX: unreadable store. */
static uint64_t id_of(struct rdb_store *store, const char *name)
{
	const struct rdb_listing *listing = list(store);
	const struct rdb_entry *entry;
	uint64_t id;

	if (!listing)
		return UINT64_MAX;
	entry = rdb_listing_find(listing, name);
	id = entry ? entry->id : 0;
	rdb_listing_unref(listing);
	return id;
}

static size_t count_of(struct rdb_store *store)
{
	const struct rdb_listing *listing = list(store);
	size_t count = listing ? listing->count : SIZE_MAX;

	rdb_listing_unref(listing);
	return count;
}

static void pause_ms(int ms)
{
	usleep((useconds_t)ms * 1000);
}

#define EVENTUALLY(condition)                                                                      \
	do {                                                                                       \
		for (int waited = 0; !(condition) && waited < PATIENCE_MS; waited += 5)            \
			pause_ms(5);                                                               \
		CHECK(condition);                                                                  \
	} while (0)

static void count_change(void *arg)
{
	atomic_fetch_add((atomic_int *)arg, 1);
}

static atomic_int changes;

static void watch(struct rdb_store *store)
{
	atomic_store(&changes, 0);
	REQUIRE(rdb_store_watch(store, count_change, &changes, NULL) == 0);
}

static struct rdb_store *open_watched(void)
{
	struct rdb_store *store = open_store();

	watch(store);
	return store;
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

/* Adds and removes a file: all earlier events have been processed afterwards. */
static void settle(struct rdb_store *store)
{
	put("zz-settled.tar", "x");
	EVENTUALLY(id_of(store, "zz-settled") != 0);
	unlink(in_source("zz-settled.tar"));
	EVENTUALLY(id_of(store, "zz-settled") == 0);
}

/* ---- names ---- */

static void test_names_of_archives(void)
{
	static const char *const good[] = {"a.tar", "a.tar.gz", "a.tgz", "a.tar.zst", "a.tzst",
		"a.tar.xz", "a.txz", "a.tar.bz2", "a.tbz2", "a.tbz", "a.tar.lz4", "a.TAR",
		"A.Tar.GZ"};
	static const char *const bad[] = {
		".a.tar.gz", ".tar.gz", "tar", "a.gz", "a.tar.gz.part", "a.zip", "", "a.tar.gz~"};
	size_t base;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		CHECK(rdb_name_is_archive(good[i], &base));
		CHECK_INT(base, 1);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK(!rdb_name_is_archive(bad[i], &base));
	CHECK(rdb_name_may_be_export("blog"));
	CHECK(!rdb_name_may_be_export(".blog"));
	CHECK(!rdb_name_may_be_export("rethinkdb_export_part"));
	CHECK(rdb_name_is_table("posts.json") && rdb_name_is_table("posts.info") &&
		rdb_name_is_table("posts.csv"));
	CHECK(!rdb_name_is_table(".json") && !rdb_name_is_table("posts.txt"));
	CHECK(!rdb_name_is_table("posts.JSON"));
	CHECK(rdb_name_is_temporary("a.tar.gz.part") && rdb_name_is_temporary("a.TMP"));
	CHECK(rdb_name_is_temporary("a.tar.gz~") && !rdb_name_is_temporary("a.tar.gz"));
	CHECK_STR(rdb_name_of_path("a/b/c.tar"), "c.tar");
	CHECK_STR(rdb_name_of_path("c.tar"), "c.tar");
}

static time_t local(int year, int month, int day, int hour, int minute, int second)
{
	struct tm tm = {.tm_year = year - 1900,
		.tm_mon = month - 1,
		.tm_mday = day,
		.tm_hour = hour,
		.tm_min = minute,
		.tm_sec = second,
		.tm_isdst = -1};

	return mktime(&tm);
}

static void test_times_in_names(void)
{
	time_t t = 0;

	CHECK(rdb_name_time("rethinkdb_dump_2026-11-22T03:00:01", &t));
	CHECK_INT(t, local(2026, 11, 22, 3, 0, 1));
	setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	tzset();
	CHECK(rdb_name_time("summer2026-03-29T03:00:00", &t));
	CHECK_INT(t, 1774746000);
	CHECK(rdb_name_time("winter2026-03-29T01:59:59", &t));
	CHECK_INT(t, 1774745999);
	CHECK(rdb_name_time("winter2026-10-25T03:00:00", &t));
	CHECK_INT(t, 1792893600);
	CHECK(rdb_name_time("prod-2024-02-29T23-59-58.tar.gz", &t));
	CHECK_INT(t, local(2024, 2, 29, 23, 59, 58));
	CHECK(rdb_name_time("x2026-07-01T00:00:00Z", &t));
	CHECK_INT(t, 1782864000);
	CHECK(rdb_name_time("2026-99-01T00:00:00 2026-07-01T00:00:00Z", &t));
	CHECK_INT(t, 1782864000);
	t = 42;
	CHECK(!rdb_name_time("2026-02-30T00:00:00", &t));
	CHECK(!rdb_name_time("2026-02-03T24:00:00", &t));
	CHECK(!rdb_name_time("2026-02-03T00:60:00", &t));
	CHECK_INT(t, 42);
	CHECK(!rdb_name_time("2026-02-03 00:00:00", &t));
	CHECK(!rdb_name_time("12026-02-03T00:00:00", &t));
	CHECK(!rdb_name_time("2026-02-03T00:00:001", &t));
	CHECK(!rdb_name_time("2026-02-03T00:00:0", &t));
	CHECK(!rdb_name_time("", &t));
}

/* ---- listing ---- */

static void test_only_archives_are_listed(void)
{
	struct rdb_store *store;
	const struct rdb_listing *l;

	begin();
	put("b.tar.gz", "bb");
	put("a.tar", "a");
	put("notes.txt", "x");
	put(".hidden.tar", "x");
	put("c.tar.gz.part", "x");
	REQUIRE(symlink("a.tar", in_source("link.tar")) == 0);
	REQUIRE(mkfifo(in_source("pipe.tar"), 0600) == 0);
	REQUIRE(mkdir(in_source("folder.tar"), 0700) == 0);
	store = open_store();
	l = list(store);
	REQUIRE(l && l->count == 2);
	CHECK_STR(l->entries[0]->name, "a");
	CHECK_STR(l->entries[0]->file, "a.tar");
	CHECK_STR(l->entries[1]->name, "b");
	CHECK_INT(l->entries[1]->size, 2);
	CHECK_INT(l->entries[1]->kind, RDB_ENTRY_ARCHIVE);
	CHECK(l->entries[0]->id != l->entries[1]->id);
	CHECK(rdb_listing_find(l, "b") == l->entries[1]);
	CHECK(rdb_listing_find(l, "b.tar.gz") == NULL);
	CHECK(rdb_listing_find_file(l, "b.tar.gz") == l->entries[1]);
	CHECK(rdb_listing_find_file(l, "b") == NULL);
	rdb_listing_unref(l);
	rdb_store_close(store);
	end();
}

static void test_empty_folder_is_an_empty_listing(void)
{
	struct rdb_store *store;
	const struct rdb_listing *l;

	begin();
	store = open_store();
	l = list(store);
	REQUIRE(l);
	CHECK_INT(l->count, 0);
	CHECK(l->latest == NULL);
	CHECK(rdb_listing_find(l, "a") == NULL);
	rdb_listing_unref(l);
	rdb_store_close(store);
	end();
}

static void test_equal_and_reserved_names_keep_extensions(void)
{
	static const char *const files[] = {"a.tar", "a.tar-x.tar", "a.tar.gz", "a.tar.gz.tar",
		"a.tgz", "latest.tar.gz", "restore.tar"};
	static const char *const names[] = {"a", "a.tar-x", "a.tar.gz", "a.tar.gz.tar", "a.tgz",
		"latest.tar.gz", "restore.tar"};
	struct rdb_store *store;
	const struct rdb_listing *l;

	begin();
	for (size_t i = 0; i < 7; i++)
		put(files[i], "x");
	store = open_store();
	l = list(store);
	REQUIRE(l && l->count == 7);
	for (size_t i = 0; i < 7; i++) {
		const struct rdb_entry *entry = rdb_listing_find(l, names[i]);
		CHECK(entry);
		CHECK_STR(entry ? entry->file : NULL, files[i]);
	}
	rdb_listing_unref(l);
	rdb_store_close(store);
	end();
}

static void test_latest_is_by_time_in_name_then_mtime(void)
{
	struct rdb_store *store;
	const struct rdb_listing *l;

	begin();
	put("d_2026-01-02T00:00:00.tar", "x");
	put("d_2026-01-03T00:00:00.tar", "x");
	put("e_2026-01-03T00:00:00.tar", "x");
	put("old.tar", "x");
	make_old("old.tar");
	store = open_store();
	l = list(store);
	REQUIRE(l && l->count == 4 && l->latest);
	CHECK_STR(l->latest->file, "e_2026-01-03T00:00:00.tar");
	CHECK_INT(l->latest->taken, local(2026, 1, 3, 0, 0, 0));
	CHECK_INT(rdb_listing_find(l, "old")->taken, 1700000000);
	rdb_listing_unref(l);
	rdb_store_close(store);
	end();
}

static void test_thousands_are_listed(void)
{
	struct rdb_store *store;
	char name[64];
	uint64_t other;

	begin();
	for (int i = 0; i < 10000; i++) {
		snprintf(name, sizeof(name), "dump_%05d.tar.gz", i);
		put(name, "");
	}
	store = open_watched();
	CHECK_INT(count_of(store), 10000);
	other = id_of(store, "dump_07000");
	unlink(in_source("dump_05000.tar.gz"));
	EVENTUALLY(count_of(store) == 9999);
	CHECK_INT(id_of(store, "dump_07000"), other);
	rdb_store_close(store);
	end();
}

/* ---- exports ---- */

static void make_export(const char *name)
{
	char path[256];

	REQUIRE(mkdir(in_source(name), 0700) == 0);
	snprintf(path, sizeof(path), "%s/blog", name);
	REQUIRE(mkdir(in_source(path), 0700) == 0);
	snprintf(path, sizeof(path), "%s/blog/posts.json", name);
	put(path, "[\n]\n");
	make_old(path);
	snprintf(path, sizeof(path), "%s/blog", name);
	make_old(path);
	make_old(name);
}

static void test_lists_folders_of_exports(void)
{
	struct rdb_store *store;
	const struct rdb_listing *l;
	const struct rdb_entry *entry;
	int fd;

	begin();
	make_export("export");
	make_export("busy_part");
	make_export("archives");
	REQUIRE(mkdir(in_source("other"), 0700) == 0);
	REQUIRE(mkdir(in_source("other/blog"), 0700) == 0);
	put("other/blog/readme.txt", "x");
	REQUIRE(symlink("export", in_source("link")) == 0);
	put("export.tar", "x");
	store = open_store();
	l = list(store);
	REQUIRE(l && l->count == 2);
	entry = rdb_listing_find(l, "export");
	REQUIRE(entry);
	CHECK_INT(entry->kind, RDB_ENTRY_FOLDER);
	CHECK_INT(entry->size, 0);
	CHECK_INT(entry->taken, 1700000000);
	CHECK(rdb_listing_find(l, "export.tar"));
	REQUIRE(rdb_store_open_folder(store, entry, &fd, NULL) == 0);
	CHECK(faccessat(fd, "blog/posts.json", R_OK, 0) == 0);
	close(fd);
	put("export/blog/authors.json", "[\n]\n");
	CHECK_INT(rdb_store_open_folder(store, entry, &fd, NULL), -ESTALE);
	rdb_listing_unref(l);
	rdb_store_close(store);
	end();
}

static void test_folder_appears_whole(void)
{
	struct rdb_store *store;
	char aside[128];
	int64_t began;
	bool listed;

	begin();
	make_export("export");
	snprintf(aside, sizeof(aside), "%s/aside", root);
	REQUIRE(rename(in_source("export"), aside) == 0);
	store = open_watched();
	CHECK_INT(count_of(store), 0);
	REQUIRE(rename(aside, in_source("export")) == 0);
	EVENTUALLY(id_of(store, "export") != 0);
	REQUIRE(rename(in_source("export"), aside) == 0);
	EVENTUALLY(id_of(store, "export") == 0);
	/* Copied into the folder: listed only after a period without changes. */
	began = now_ms();
	REQUIRE(mkdir(in_source("copy"), 0700) == 0);
	REQUIRE(mkdir(in_source("copy/blog"), 0700) == 0);
	put("copy/blog/posts.json", "[\n]\n");
	settle(store);
	listed = id_of(store, "copy") != 0;
	CHECK(!listed || now_ms() - began >= STILL_MS);
	EVENTUALLY(id_of(store, "copy") != 0);
	CHECK(now_ms() - began >= STILL_MS);
	rdb_store_close(store);
	end();
}

/* ---- changes ---- */

static void test_archive_is_listed_when_closed(void)
{
	struct rdb_store *store;
	int fd;

	begin();
	store = open_watched();
	fd = open(in_source("a.tar"), O_WRONLY | O_CREAT, 0600);
	REQUIRE(fd >= 0 && write(fd, "x", 1) == 1);
	settle(store);
	CHECK_INT(id_of(store, "a"), 0);
	close(fd);
	EVENTUALLY(id_of(store, "a") != 0);
	rdb_store_close(store);
	end();
}

static void test_archive_is_listed_when_renamed(void)
{
	struct rdb_store *store;
	int fd;

	begin();
	store = open_watched();
	fd = open(in_source(".a.partial"), O_WRONLY | O_CREAT, 0600);
	REQUIRE(fd >= 0 && write(fd, "x", 1) == 1);
	settle(store);
	CHECK_INT(count_of(store), 0);
	REQUIRE(rename(in_source(".a.partial"), in_source("a.tar")) == 0);
	EVENTUALLY(id_of(store, "a") != 0);
	close(fd);
	rdb_store_close(store);
	end();
}

static void test_rewritten_archive_is_another(void)
{
	struct rdb_store *store;
	uint64_t before, other;
	int fd;

	begin();
	put("a.tar", "one");
	put("b.tar", "one");
	store = open_watched();
	before = id_of(store, "a");
	other = id_of(store, "b");
	REQUIRE(before && other);
	fd = open(in_source("a.tar"), O_WRONLY);
	REQUIRE(fd >= 0);
	settle(store);
	CHECK_INT(id_of(store, "a"), before); /* opened only */
	REQUIRE(write(fd, "two", 3) == 3);
	EVENTUALLY(id_of(store, "a") == 0);
	close(fd);
	EVENTUALLY(id_of(store, "a") != 0);
	CHECK(id_of(store, "a") != before);
	CHECK_INT(id_of(store, "b"), other);
	rdb_store_close(store);
	end();
}

static void test_two_writers_must_both_close(void)
{
	struct rdb_store *store;
	int one, two;

	begin();
	store = open_watched();
	one = open(in_source("a.tar"), O_WRONLY | O_CREAT, 0600);
	two = open(in_source("a.tar"), O_WRONLY);
	REQUIRE(one >= 0 && two >= 0 && write(one, "x", 1) == 1);
	close(one);
	settle(store);
	CHECK_INT(id_of(store, "a"), 0);
	close(two);
	EVENTUALLY(id_of(store, "a") != 0);
	rdb_store_close(store);
	end();
}

static void test_replaced_archive_is_another(void)
{
	struct rdb_store *store;
	uint64_t before;

	begin();
	put("a.tar", "one");
	put(".b", "two");
	make_old("a.tar");
	make_old(".b");
	store = open_watched();
	before = id_of(store, "a");
	REQUIRE(before && rename(in_source(".b"), in_source("a.tar")) == 0);
	EVENTUALLY(id_of(store, "a") != before); /* although size and time are equal */
	EVENTUALLY(id_of(store, "a") != 0);
	rdb_store_close(store);
	end();
}

static void test_changed_times_make_another(void)
{
	struct rdb_store *store;
	uint64_t before;

	begin();
	put("a.tar", "one");
	store = open_watched();
	before = id_of(store, "a");
	REQUIRE(before && chmod(in_source("a.tar"), 0400) == 0);
	settle(store);
	CHECK_INT(id_of(store, "a"), before);
	make_old("a.tar");
	EVENTUALLY(id_of(store, "a") != before && id_of(store, "a") != 0);
	rdb_store_close(store);
	end();
}

static void test_renamed_and_removed_leave(void)
{
	struct rdb_store *store;

	begin();
	put("a.tar", "one");
	put("a.tgz", "two");
	store = open_watched();
	CHECK(id_of(store, "a.tgz") != 0);
	REQUIRE(rename(in_source("a.tar"), in_source("b.tar")) == 0);
	EVENTUALLY(id_of(store, "b") != 0);
	CHECK(id_of(store, "a") != 0); /* the name is available to the other */
	CHECK_INT(id_of(store, "a.tgz"), 0);
	unlink(in_source("b.tar"));
	EVENTUALLY(id_of(store, "b") == 0);
	rdb_store_close(store);
	end();
}

static void test_hard_link_appears(void)
{
	struct rdb_store *store;
	char aside[128];

	begin();
	snprintf(aside, sizeof(aside), "%s/aside", root);
	put("../aside", "x");
	store = open_watched();
	REQUIRE(link(aside, in_source("a.tar")) == 0);
	EVENTUALLY(id_of(store, "a") != 0);
	rdb_store_close(store);
	end();
}

static void test_file_being_written_at_start_waits(void)
{
	struct rdb_store *store;
	int fd;

	begin();
	put("b.tar", "x");
	fd = open(in_source("a.tar"), O_WRONLY | O_CREAT, 0600);
	REQUIRE(fd >= 0 && write(fd, "x", 1) == 1);
	store = open_watched();
	CHECK_INT(id_of(store, "a"), 0);
	CHECK(id_of(store, "b") != 0);
	close(fd);
	EVENTUALLY(id_of(store, "a") != 0);
	/* No lease remains: a writer can open the file without waiting. */
	fd = open(in_source("b.tar"), O_WRONLY | O_NONBLOCK);
	CHECK(fd >= 0);
	close(fd);
	rdb_store_close(store);
	end();
}

static int64_t monotonic_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void test_many_copies_are_few_changes(void)
{
	int64_t began = monotonic_ms();
	struct rdb_store *store;
	char name[64];

	begin();
	store = open_watched();
	for (int i = 0; i < 3000; i++) {
		snprintf(name, sizeof(name), "dump_%05d.tar", i);
		put(name, "x");
	}
	EVENTUALLY(count_of(store) == 3000);
	CHECK(atomic_load(&changes) <= 100 + (monotonic_ms() - began) / 10);
	rdb_store_close(store);
	end();
}

static void test_changes_are_seen_despite_lost_events(void)
{
	struct rdb_store *store;
	int fd;

	begin();
	put("removed.tar", "x");
	put("rewritten.tar", "x");
	put("kept.tar", "x");
	make_old("kept.tar");
	store = open_store();
	uint64_t kept = id_of(store, "kept"), rewritten = id_of(store, "rewritten");
	/* No thread reads the events before watch: more events than the kernel's queue holds. */
	for (int i = 0; i < 10000; i++) {
		put(i % 2 ? "odd.tar" : "even.tar", "x");
		unlink(in_source(i % 2 ? "odd.tar" : "even.tar"));
	}
	unlink(in_source("removed.tar"));
	put("rewritten.tar", "xyz");
	put("added.tar", "x");
	fd = open(in_source("growing.tar"), O_WRONLY | O_CREAT, 0600);
	REQUIRE(rdb_store_watch(store, count_change, &changes, NULL) == 0);
	EVENTUALLY(id_of(store, "added") != 0);
	EVENTUALLY(id_of(store, "removed") == 0);
	EVENTUALLY(id_of(store, "rewritten") != 0 && id_of(store, "rewritten") != rewritten);
	CHECK_INT(id_of(store, "kept"), kept);
	CHECK_INT(id_of(store, "growing"), 0);
	close(fd);
	EVENTUALLY(id_of(store, "growing") != 0);
	rdb_store_close(store);
	end();
}

/* ---- the folder itself ---- */

static void check_lost_and_found(struct rdb_store *store, const char *word)
{
	const struct rdb_listing *l;
	struct rdb_err err = {0};
	uint64_t total, free_bytes;

	EVENTUALLY(id_of(store, "a") == UINT64_MAX);
	CHECK_INT(rdb_store_list(store, &l, &err), -EIO);
	CHECK(strstr(err.text, word));
	CHECK(strstr(err.text, source));
	CHECK_INT(rdb_store_space(store, &total, &free_bytes), -EIO);
}

static void test_removed_folder_is_an_error_until_it_is_back(void)
{
	struct rdb_store *store;
	const struct rdb_listing *l;
	struct rdb_source *bytes;

	begin();
	put("a.tar", "x");
	store = open_watched();
	l = list(store);
	REQUIRE(l && l->count == 1);
	unlink(in_source("a.tar"));
	REQUIRE(rmdir(source) == 0);
	check_lost_and_found(store, "removed");
	CHECK_INT(rdb_store_open_entry(store, l->entries[0], &bytes, NULL), -EIO);
	CHECK_INT(rdb_store_remove(store, l->entries[0], NULL), -EIO);
	int before = atomic_load(&changes);
	REQUIRE(mkdir(source, 0700) == 0);
	put("a.tar", "x");
	EVENTUALLY(count_of(store) == 1);
	EVENTUALLY(atomic_load(&changes) > before);
	CHECK(id_of(store, "a") != l->entries[0]->id);
	put("b.tar", "x");
	EVENTUALLY(count_of(store) == 2); /* watched again */
	rdb_listing_unref(l);
	rdb_store_close(store);
	end();
}

static void test_moved_folder_is_an_error_until_it_is_back(void)
{
	struct rdb_store *store;
	char aside[128];

	begin();
	snprintf(aside, sizeof(aside), "%s/aside", root);
	put("a.tar", "x");
	store = open_watched();
	REQUIRE(rename(source, aside) == 0);
	check_lost_and_found(store, "moved");
	REQUIRE(rename(aside, source) == 0);
	EVENTUALLY(count_of(store) == 1);
	rdb_store_close(store);
	end();
}

static void test_a_missing_folder_is_reported(void)
{
	struct rdb_store *store;
	struct rdb_err err = {0};

	begin();
	CHECK_INT(rdb_store_directory(in_source("none"), NULL, &store, &err), -ENOENT);
	CHECK(strstr(err.text, "none"));
	put("file", "x");
	CHECK_INT(rdb_store_directory(in_source("file"), NULL, &store, &err), -ENOTDIR);
	if (geteuid() == 0) {
		REQUIRE(mkdir(in_source("closed"), 0) == 0 && chmod(root, 0755) == 0 &&
			chmod(source, 0755) == 0 && seteuid(65534) == 0);
		CHECK_INT(rdb_store_directory(in_source("closed"), NULL, &store, &err), -EACCES);
		REQUIRE(seteuid(0) == 0);
	}
	end();
}

/* ---- open, remove, space ---- */

static void test_open_gives_the_version_listed(void)
{
	struct rdb_store *store;
	const struct rdb_listing *l;
	struct rdb_source *bytes;
	struct rdb_err err = {0};
	char buf[8];

	begin();
	put("a.tar", "hello");
	put("b.tar", "hello");
	put("c.tar", "hello");
	store = open_store(); /* not watched: cannot detect the change */
	l = list(store);
	REQUIRE(l && l->count == 3);
	REQUIRE(rdb_store_open_entry(store, l->entries[0], &bytes, &err) == 0);
	CHECK_INT(rdb_source_pread(bytes, buf, sizeof(buf), 0, &err), 5);
	CHECK(memcmp(buf, "hello", 5) == 0);
	rdb_source_close(bytes);

	put("a.tar", "longer than it was");
	CHECK_INT(rdb_store_open_entry(store, l->entries[0], &bytes, &err), -ESTALE);
	CHECK(strstr(err.text, "a.tar"));
	CHECK_INT(rdb_store_remove(store, l->entries[0], &err), -ESTALE);
	CHECK(access(in_source("a.tar"), F_OK) == 0);
	unlink(in_source("b.tar"));
	CHECK_INT(rdb_store_open_entry(store, l->entries[1], &bytes, &err), -ESTALE);
	CHECK_INT(rdb_store_remove(store, l->entries[1], &err), -ESTALE);
	REQUIRE(symlink("a.tar", in_source("b.tar")) == 0);
	CHECK_INT(rdb_store_open_entry(store, l->entries[1], &bytes, &err), -ESTALE);
	unlink(in_source("c.tar"));
	REQUIRE(mkfifo(in_source("c.tar"), 0600) == 0);
	CHECK_INT(rdb_store_open_entry(store, l->entries[2], &bytes, &err), -ESTALE);
	rdb_listing_unref(l);
	rdb_store_close(store);
	end();
}

/* A listing that is requested after a rename contains the new version, however late the
 * events are. */
static void test_check_brings_the_listing_up_to_date(void)
{
	struct rdb_store *store;
	const struct rdb_listing *l;
	const struct rdb_entry *entry;

	begin();
	put("a.tar", "hello");
	store = open_store();
	l = list(store);
	REQUIRE(l && l->count == 1);
	put("new", "not watched: that is not looked into");
	REQUIRE(rename(in_source("new"), in_source("a.tar")) == 0);
	CHECK_INT(rdb_store_check(store, l->entries[0]), 0);
	watch(store);
	for (int i = 0; i < 200; i++) {
		char text[300];

		rdb_listing_unref(l);
		memset(text, 'x', sizeof(text));
		text[i + 1] = '\0';
		put("new", text);
		REQUIRE(rename(in_source("new"), in_source("a.tar")) == 0);
		while ((l = list(store)) && (entry = rdb_listing_find(l, "a")) &&
			rdb_store_check(store, entry) != 0)
			rdb_listing_unref(l);
		REQUIRE(l && entry);
		CHECK_INT(entry->size, i + 1);
	}
	unlink(in_source("a.tar"));
	CHECK_INT(rdb_store_check(store, entry), -ESTALE);
	rdb_listing_unref(l);
	CHECK_INT(count_of(store), 0);
	rdb_store_close(store);
	end();
}

static void test_open_without_permission(void)
{
	struct rdb_store *store;
	const struct rdb_listing *l;
	struct rdb_source *bytes;
	struct rdb_err err = {0};

	if (geteuid() != 0)
		return;
	begin();
	put("a.tar", "hello");
	REQUIRE(chmod(root, 0755) == 0 && chmod(source, 0755) == 0);
	store = open_store();
	l = list(store);
	REQUIRE(l && l->count == 1);
	REQUIRE(seteuid(65534) == 0);
	CHECK_INT(rdb_store_open_entry(store, l->entries[0], &bytes, &err), -EACCES);
	CHECK_INT(rdb_store_remove(store, l->entries[0], &err), -EACCES);
	REQUIRE(seteuid(0) == 0);
	rdb_listing_unref(l);
	rdb_store_close(store);
	end();
}

/* A file of another user cannot be probed: after five seconds without a change it is considered
 * complete. */
static void test_unprobed_file_waits_until_it_is_still(void)
{
	struct rdb_store *store;

	if (geteuid() != 0)
		return;
	begin();
	put("fresh.tar", "hello");
	put("old.tar", "hello");
	make_old("old.tar");
	set_time("fresh.tar", time(NULL) + 3600); /* a time in the future counts as recent */
	REQUIRE(chmod(root, 0755) == 0 && chmod(source, 0755) == 0 && seteuid(65534) == 0);
	store = open_store();
	CHECK_INT(id_of(store, "fresh"), 0);
	CHECK(id_of(store, "old") != 0);
	watch(store);
	EVENTUALLY(id_of(store, "fresh") != 0);
	rdb_store_close(store);
	REQUIRE(seteuid(0) == 0);
	end();
}

static void test_stale_open_brings_the_listing_up_to_date(void)
{
	struct rdb_store *store;
	const struct rdb_listing *l;
	uint64_t before;
	int fd;

	begin();
	make_export("export");
	store = open_watched();
	l = list(store);
	REQUIRE(l && l->count == 1);
	before = l->entries[0]->id;
	/* Deep inside, where no event reports the change. */
	put("export/blog/authors.json", "[\n]\n");
	CHECK_INT(rdb_store_open_folder(store, l->entries[0], &fd, NULL), -ESTALE);
	EVENTUALLY(id_of(store, "export") != 0 && id_of(store, "export") != before);
	EVENTUALLY(atomic_load(&changes) >= 2); /* was hidden, and shown again */
	rdb_listing_unref(l);
	rdb_store_close(store);
	end();
}

static void test_remove(void)
{
	struct rdb_store *store;
	const struct rdb_listing *l;
	struct rdb_err err = {0};

	begin();
	put("a.tar", "x");
	make_export("export");
	make_export("mixed");
	put("mixed/notes.txt", "x");
	make_old("mixed");
	store = open_watched();
	l = list(store);
	REQUIRE(l && l->count == 3);
	CHECK_INT(rdb_store_remove(store, l->entries[0], &err), 0);
	CHECK_INT(rdb_store_remove(store, l->entries[1], &err), 0);
	CHECK_INT(rdb_store_remove(store, l->entries[2], &err), -EIO);
	CHECK(access(in_source("a.tar"), F_OK) != 0);
	CHECK(access(in_source("export"), F_OK) != 0);
	CHECK(access(in_source("mixed"), F_OK) != 0);
	CHECK(strstr(err.text, "not part of the export"));
	EVENTUALLY(count_of(store) == 0);
	rdb_listing_unref(l);
	rdb_store_close(store);
	end();
}

/* A file that a process with the same id left when it was interrupted. */
static void test_remove_beside_a_leftover(void)
{
	struct rdb_store *store;
	const struct rdb_listing *l;
	struct rdb_err err = {0};
	char left[64], below[96];

	begin();
	make_export("export");
	store = open_watched();
	l = list(store);
	REQUIRE(l && l->count == 1);
	snprintf(left, sizeof(left), ".rdbfs-removed-%d-%llu-0", (int)getpid(),
		(unsigned long long)l->entries[0]->id);
	REQUIRE(mkdir(in_source(left), 0700) == 0);
	snprintf(below, sizeof(below), "%s/notes.txt", left);
	put(below, "x");
	CHECK_INT(rdb_store_remove(store, l->entries[0], &err), 0);
	CHECK(access(in_source("export"), F_OK) != 0);
	CHECK(access(in_source(below), F_OK) == 0);
	rdb_listing_unref(l);
	rdb_store_close(store);
	end();
}

static void test_space(void)
{
	struct rdb_store *store;
	uint64_t total = 0, free_bytes = 0;

	begin();
	store = open_store();
	CHECK_INT(rdb_store_space(store, &total, &free_bytes), 0);
	CHECK(total > 0 && free_bytes <= total);
	rdb_store_close(store);
	end();
}

/* ---- many at once ---- */

struct reader {
	struct rdb_store *store;
	atomic_bool *stop;
};

static void *list_and_open(void *arg)
{
	struct reader *r = arg;

	while (!atomic_load(r->stop)) {
		const struct rdb_listing *l = list(r->store);
		struct rdb_source *bytes;
		for (size_t i = 0; l && i < l->count; i++)
			if (rdb_store_open_entry(r->store, l->entries[i], &bytes, NULL) == 0)
				rdb_source_close(bytes);
		rdb_listing_unref(l);
	}
	return NULL;
}

static void test_readers_while_everything_changes(void)
{
	struct rdb_store *store;
	atomic_bool stop = false;
	pthread_t threads[4];
	struct reader reader;

	begin();
	store = open_watched();
	reader = (struct reader){.store = store, .stop = &stop};
	for (int i = 0; i < 4; i++)
		REQUIRE(pthread_create(&threads[i], NULL, list_and_open, &reader) == 0);
	for (int i = 0; i < 2000; i++) {
		char name[32];
		snprintf(name, sizeof(name), "dump_%d.tar", i % 7);
		put(name, i % 2 ? "odd" : "even");
		if (i % 3 == 0)
			unlink(in_source(name));
		if (i % 500 == 499) {
			char aside[128];
			snprintf(aside, sizeof(aside), "%s/aside%d", root, i);
			REQUIRE(rename(source, aside) == 0 && mkdir(source, 0700) == 0);
		}
	}
	put("end.tar", "x");
	EVENTUALLY(id_of(store, "end") != 0 && id_of(store, "end") != UINT64_MAX);
	atomic_store(&stop, true);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	rdb_store_close(store);
	end();
}

/* ---- without inotify ---- */

static bool write_to(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);
	bool ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return ok;
}

/* Enters a user namespace in which inotify is not available. */
static bool forbid_inotify(void)
{
	char uid_map[64], gid_map[64];

	snprintf(uid_map, sizeof(uid_map), "%d %d 1", (int)geteuid(), (int)geteuid());
	snprintf(gid_map, sizeof(gid_map), "%d %d 1", (int)getegid(), (int)getegid());
	return unshare(CLONE_NEWUSER) == 0 && write_to("/proc/self/setgroups", "deny") &&
	       write_to("/proc/self/uid_map", uid_map) && write_to("/proc/self/gid_map", gid_map) &&
	       write_to("/proc/sys/user/max_inotify_instances", "0");
}

static void poll_without_inotify(void)
{
	struct rdb_store *store;
	uint64_t before;
	int fd;

	put("a.tar", "one");
	put("b.tar", "one");
	store = open_watched();
	before = id_of(store, "a");
	CHECK(before != 0);
	put("a.tar", "three");
	fd = open(in_source("growing.tar"), O_WRONLY | O_CREAT, 0600);
	REQUIRE(fd >= 0);
	unlink(in_source("b.tar"));
	EVENTUALLY(id_of(store, "a") != before && id_of(store, "a") != 0);
	EVENTUALLY(id_of(store, "b") == 0);
	CHECK_INT(id_of(store, "growing"), 0);
	close(fd);
	EVENTUALLY(id_of(store, "growing") != 0);
	rdb_store_close(store);
}

static void test_folder_is_polled_without_inotify(void)
{
	int status = 0;
	pid_t child;

	begin();
	fflush(NULL);
	child = fork();
	REQUIRE(child >= 0);
	if (child == 0) {
		if (!forbid_inotify())
			_exit(77);
		check_failed = 0;
		poll_without_inotify();
		fflush(NULL);
		_exit(check_failed ? 1 : 0);
	}
	REQUIRE(waitpid(child, &status, 0) == child && WIFEXITED(status));
	if (WEXITSTATUS(status) == 77)
		printf("     (no user namespace to be had: not tested)\n");
	else
		CHECK_INT(WEXITSTATUS(status), 0);
	end();
}

static void test_unwatch_ends_notifications(void)
{
	struct rdb_store *store;

	begin();
	store = open_watched();
	settle(store);
	rdb_store_unwatch(store);
	int after = atomic_load(&changes);
	put("late.tar", "x");
	pause_ms(100);
	CHECK_INT(atomic_load(&changes), after);
	rdb_store_unwatch(store);
	REQUIRE(rdb_store_watch(store, count_change, &changes, NULL) == 0);
	EVENTUALLY(id_of(store, "late") != 0);
	EVENTUALLY(atomic_load(&changes) > after);
	rdb_store_close(store);
	end();
}

int main(void)
{
	RUN(test_names_of_archives);
	RUN(test_times_in_names);
	RUN(test_only_archives_are_listed);
	RUN(test_empty_folder_is_an_empty_listing);
	RUN(test_equal_and_reserved_names_keep_extensions);
	RUN(test_latest_is_by_time_in_name_then_mtime);
	RUN(test_thousands_are_listed);
	RUN(test_lists_folders_of_exports);
	RUN(test_folder_appears_whole);
	RUN(test_archive_is_listed_when_closed);
	RUN(test_archive_is_listed_when_renamed);
	RUN(test_rewritten_archive_is_another);
	RUN(test_two_writers_must_both_close);
	RUN(test_replaced_archive_is_another);
	RUN(test_changed_times_make_another);
	RUN(test_renamed_and_removed_leave);
	RUN(test_hard_link_appears);
	RUN(test_file_being_written_at_start_waits);
	RUN(test_many_copies_are_few_changes);
	RUN(test_changes_are_seen_despite_lost_events);
	RUN(test_removed_folder_is_an_error_until_it_is_back);
	RUN(test_moved_folder_is_an_error_until_it_is_back);
	RUN(test_a_missing_folder_is_reported);
	RUN(test_open_gives_the_version_listed);
	RUN(test_check_brings_the_listing_up_to_date);
	RUN(test_open_without_permission);
	RUN(test_unprobed_file_waits_until_it_is_still);
	RUN(test_stale_open_brings_the_listing_up_to_date);
	RUN(test_remove);
	RUN(test_remove_beside_a_leftover);
	RUN(test_space);
	RUN(test_readers_while_everything_changes);
	RUN(test_folder_is_polled_without_inotify);
	RUN(test_unwatch_ends_notifications);
	CHECK_EXIT();
}
