/* The thread that scans an archive, and the behaviour if none can be started. */
#include "unit/archive.h"
#include "unit/refuse.h"

#include <errno.h>
#include <time.h>
#include <unistd.h>

#define LIMIT 120 /* seconds; limit for an unhindered scan */

static struct rdb_archive_env *strict_env(void)
{
	struct rdb_archive_env_options options = {
		.cache_size = 16 << 20, .verify = RDB_VERIFY_STRICT};
	struct rdb_archive_env *env;

	REQUIRE(rdb_archive_env_create(&options, &env, NULL) == 0);
	return env;
}

/* An archive whose scan is held in the middle. */
static struct rdb_archive *open_held(struct rdb_archive_env *env, const struct backup *backup,
	bool urgent, struct faulty_source **faulty)
{
	struct rdb_archive *archive;

	*faulty = faulty_source(memory_source(backup->bytes.data, backup->bytes.len));
	REQUIRE(rdb_archive_open(env, &(*faulty)->source, "test", &archive, NULL) == 0);
	atomic_store(&(*faulty)->hold_from, backup->bytes.len / 2);
	CHECK_INT(rdb_archive_scan(archive, urgent), 0);
	while (!atomic_load(&(*faulty)->held))
		usleep(1000);
	return archive;
}

static void let_go(struct faulty_source *faulty)
{
	atomic_store(&faulty->hold_from, UINT64_MAX);
}

/* After a thread could not be started, the next request tries again. */
static void test_a_refused_thread_is_asked_for_again(void)
{
	struct rdb_buf posts, users;
	struct backup backup = make_backup("gzip", 1000, &posts, &users);
	struct rdb_archive_env *env = make_env(NULL);
	struct rdb_archive *archive = open_bytes(env, backup.bytes.data, backup.bytes.len);
	struct rdb_archive_facts facts;

	for (int urgent = 0; urgent < 2; urgent++) {
		atomic_store(&refuse_threads, true);
		CHECK_INT(rdb_archive_scan(archive, urgent), -ENOMEM);
		CHECK_INT(state_of(archive), RDB_ARCHIVE_UNVERIFIED);
		CHECK_INT(rdb_archive_complete(archive, NULL, &facts), 0);
		CHECK_INT(facts.state, RDB_ARCHIVE_UNREADABLE);
		CHECK_INT(facts.error.code, ENOMEM);
		refuse_nothing();
	}
	CHECK_INT(scan(archive, true), RDB_ARCHIVE_OK);
	check_content(archive, "blog", "posts.json", &posts, 5);
	rdb_archive_unref(archive);
	rdb_archive_env_destroy(env);
	rdb_buf_free(&posts);
	rdb_buf_free(&users);
	rdb_buf_free(&backup.bytes);
}

/* An urgent scan uses the pool of low priority if no thread of its own can be started. */
static void test_the_other_pool_will_do(void)
{
	struct rdb_buf posts, users;
	struct backup backup = make_backup("gzip", 1000, &posts, &users);
	struct rdb_archive_env *env = make_env(NULL);
	struct rdb_archive *first = open_bytes(env, backup.bytes.data, backup.bytes.len);
	struct rdb_archive *second = open_bytes(env, backup.bytes.data, backup.bytes.len);

	CHECK_INT(scan(first, false), RDB_ARCHIVE_OK);
	atomic_store(&refuse_threads, true);
	CHECK_INT(scan(second, true), RDB_ARCHIVE_OK);
	refuse_nothing();
	rdb_archive_unref(first);
	rdb_archive_unref(second);
	rdb_archive_env_destroy(env);
	rdb_buf_free(&posts);
	rdb_buf_free(&users);
	rdb_buf_free(&backup.bytes);
}

/* Reads until the scan has ended, so that the cache is in permanent use. */
static enum rdb_archive_state read_until_scanned(
	struct rdb_archive *archive, struct rdb_reader *reader)
{
	time_t end = time(NULL) + LIMIT;
	char buf[100];

	while (state_of(archive) == RDB_ARCHIVE_SCANNING && time(NULL) < end)
		CHECK_INT(read_at(reader, 0, sizeof(buf), buf, NULL), sizeof(buf));
	return state_of(archive);
}

/* A scan that a reader will wait for does not pause for reads. It runs on an urgent thread while
 * the only thread of idle priority is busy elsewhere; or on that one, which otherwise pauses for
 * reads. */
static void check_scan_beside_reads(bool urgent)
{
	struct rdb_buf posts = backup_table(300000, 1), users = backup_table(100, 2);
	struct rdb_archive_env *env = strict_env();
	struct rdb_archive *other = NULL, *archive;
	struct faulty_source *other_faulty, *faulty;
	struct rdb_reader *reader;
	struct backup backup;
	char buf[200];

	backup_begin(&backup, "gzip");
	backup_add(&backup, "dump/blog/users.json", users.data, users.len);
	backup_add(&backup, "dump/blog/posts.json", posts.data, posts.len);
	backup_end(&backup);
	if (urgent)
		other = open_held(env, &backup, false, &other_faulty);
	archive = open_held(env, &backup, urgent, &faulty);
	reader = open_member(archive, "blog", "users.json");
	CHECK_INT(read_at(reader, users.len - 100, 200, buf, NULL), -EAGAIN);
	let_go(faulty);
	CHECK_INT(read_until_scanned(archive, reader), RDB_ARCHIVE_OK);
	CHECK_INT(read_at(reader, users.len - 100, 200, buf, NULL), 100);
	rdb_reader_close(reader);
	if (urgent)
		let_go(other_faulty);
	rdb_archive_unref(archive);
	rdb_archive_unref(other);
	rdb_archive_env_destroy(env);
	rdb_buf_free(&posts);
	rdb_buf_free(&users);
	rdb_buf_free(&backup.bytes);
}

static void test_no_pause_for_a_reader_that_waits(void)
{
	check_scan_beside_reads(true);
	check_scan_beside_reads(false);
}

int main(void)
{
	RUN(test_a_refused_thread_is_asked_for_again);
	RUN(test_the_other_pool_will_do);
	RUN(test_no_pause_for_a_reader_that_waits);
	CHECK_EXIT();
}
