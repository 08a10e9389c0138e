#include "directory/directory.h"
#include "schedule/keeper.h"

#include "base/log.h"
#include "index/embed.h"
#include "unit/check.h"
#include "unit/port.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <unistd.h>

/* Port without a listener: every backup fails at once. tests/cluster/backup-now.test covers
 * successful backups. */
static char where[PORT_WHERE];

#define NOON 1795348800 /* 2026-11-22 12:00 UTC */
#define DAY 86400

static _Atomic time_t clock_now;

static time_t fake_clock(void)
{
	return clock_now;
}

struct fixture {
	char folder[64];
	struct rdb_store *store;
	struct rdb_types *types;
	struct rdb_cluster *cluster;
	struct rdb_keeper *keeper;
};

struct outcome {
	pthread_mutex_t lock;
	pthread_cond_t told;
	int calls, code;
};

#define OUTCOME                                                                                    \
	{                                                                                          \
		PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 0                          \
	}

static void note(void *arg, const struct rdb_err *err)
{
	struct outcome *outcome = arg;

	pthread_mutex_lock(&outcome->lock);
	outcome->calls++;
	outcome->code = err->code;
	pthread_cond_broadcast(&outcome->told);
	pthread_mutex_unlock(&outcome->lock);
}

static int wait_for(struct outcome *outcome)
{
	pthread_mutex_lock(&outcome->lock);
	while (!outcome->calls)
		pthread_cond_wait(&outcome->told, &outcome->lock);
	pthread_mutex_unlock(&outcome->lock);
	return outcome->code;
}

static void make_folder(struct fixture *f)
{
	strcpy(f->folder, "/tmp/rdbfs-keeper-XXXXXX");
	REQUIRE(mkdtemp(f->folder));
}

static atomic_uint begun;

static void note_begun(void *arg, struct rdb_job *job)
{
	(void)arg;
	(void)job;
	begun++;
}

static void cancel_begun(void *arg, struct rdb_job *job)
{
	rdb_job_cancel(job);
	note_begun(arg, job);
}

static void start_hooked(
	struct fixture *f, const char *schedule, void (*began)(void *arg, struct rdb_job *job))
{
	struct rdb_cluster_options options = {.connect = where};
	struct rdb_keeper_hooks hooks = {.began = began};
	struct rdb_keeper_config config = {.now = fake_clock, .rules = rdb_retention_defaults};

	begun = 0;
	REQUIRE(rdb_store_directory(f->folder, NULL, &f->store, NULL) == 0);
	REQUIRE(rdb_types_create(f->store, &f->types) == 0);
	REQUIRE(rdb_cluster_create(&options, &f->cluster, NULL) == 0);
	rdb_dump_options_init(&config.dump);
	config.dump.cluster = f->cluster;
	config.dump.patience = 0;
	config.store = f->store;
	config.types = f->types;
	if (schedule)
		REQUIRE(rdb_schedule_parse(schedule, &config.schedule, NULL) == 0);
	REQUIRE(rdb_keeper_create(&config, &f->keeper) == 0);
	REQUIRE(rdb_keeper_start(f->keeper, &hooks, NULL) == 0);
}

static void start_in(struct fixture *f, const char *schedule)
{
	start_hooked(f, schedule, note_begun);
}

static void start(struct fixture *f, const char *schedule)
{
	make_folder(f);
	start_in(f, schedule);
}

static void stop(struct fixture *f)
{
	rdb_keeper_destroy(f->keeper);
	rdb_cluster_free(f->cluster);
	rdb_types_destroy(f->types);
	rdb_store_close(f->store);
	CHECK_INT(rmdir(f->folder), 0); /* the folder is empty */
}

static struct rdb_keeper_facts facts_with(struct fixture *f, unsigned failures)
{
	struct rdb_keeper_facts facts;

	do {
		usleep(1000);
		rdb_keeper_facts(f->keeper, &facts);
	} while (facts.failures < failures);
	return facts;
}

static void test_refused(void)
{
	struct outcome asked = OUTCOME, settled = OUTCOME;
	struct rdb_job_facts facts;
	struct rdb_job *job;
	struct fixture f;

	start(&f, NULL);
	CHECK(!rdb_keeper_job(f.keeper));
	REQUIRE(rdb_keeper_await(f.keeper, note, &settled) == 0);
	CHECK_INT(wait_for(&settled), 0); /* no attempt yet */
	REQUIRE(rdb_keeper_backup(f.keeper, NULL, 0, note, &asked, NULL) == 0);
	CHECK_INT(wait_for(&asked), ECONNREFUSED);
	settled.calls = 0;
	REQUIRE(rdb_keeper_await(f.keeper, note, &settled) == 0);
	CHECK_INT(wait_for(&settled), ECONNREFUSED);
	job = rdb_keeper_job(f.keeper);
	rdb_job_facts(job, &facts);
	CHECK_INT(facts.state, RDB_JOB_FAILED);
	CHECK(facts.error.text[0]);
	rdb_job_unref(job);
	CHECK_INT(asked.calls, 1);
	stop(&f);
}

static void test_stopped_keeper_refuses(void)
{
	struct fixture f;

	start(&f, NULL);
	rdb_keeper_stop(f.keeper);
	CHECK_INT(rdb_keeper_backup(f.keeper, NULL, 0, note, NULL, NULL), -ENOTCONN);
	stop(&f);
}

/* Retries after 1, 2, 4 … minutes, finally every hour. */
static void test_failed_backup_is_retried_later(void)
{
	static const time_t pauses[] = {60, 120, 240, 480, 960, 1920, 3600, 3600};
	struct rdb_keeper_facts facts;
	struct fixture f;

	setenv("TZ", "UTC0", 1);
	clock_now = 1795320000; /* 2026-11-22 04:00 */
	start(&f, "daily@03:00");
	for (unsigned i = 0; i < sizeof(pauses) / sizeof(pauses[0]); i++) {
		facts = facts_with(&f, i + 1);
		CHECK_INT(facts.failures, i + 1);
		CHECK_INT(facts.retry - clock_now, pauses[i]);
		CHECK_INT(facts.error.code, ECONNREFUSED);
		CHECK_INT(facts.next.period, RDB_DAILY);
		clock_now = facts.retry;
		rdb_keeper_wake(f.keeper);
	}
	stop(&f);
}

/* A backup that was postponed because the clock was ahead is made once the clock is right. */
static void test_clock_set_back_after_a_failure(void)
{
	struct rdb_keeper_facts facts;
	struct fixture f;

	setenv("TZ", "UTC0", 1);
	clock_now = NOON + 365 * DAY;
	start(&f, "daily@03:00");
	facts_with(&f, 1);
	clock_now = NOON;
	rdb_keeper_wake(f.keeper);
	facts = facts_with(&f, 2);
	CHECK_INT(facts.retry, NOON + 120);
	stop(&f);
}

static void wait_until_begun(unsigned count)
{
	while (begun < count)
		usleep(1000);
}

/* The cluster does not answer. Each backup is cancelled before it connects, even on a slow machine,
 * and then counts as made. */
static void test_clock_set_back_after_a_backup(void)
{
	char before[sizeof(where)];
	struct rdb_keeper_facts facts;
	struct outcome settled = OUTCOME;
	struct fixture f;
	int port;

	setenv("TZ", "UTC0", 1);
	strcpy(before, where);
	port = take_port(where);
	REQUIRE(listen(port, 16) == 0);
	clock_now = NOON + 365 * DAY;
	make_folder(&f);
	start_hooked(&f, "daily@03:00", cancel_begun);
	wait_until_begun(1);
	REQUIRE(rdb_keeper_await(f.keeper, note, &settled) == 0);
	CHECK_INT(wait_for(&settled), ECANCELED);
	do {
		usleep(1000);
		rdb_keeper_facts(f.keeper, &facts);
	} while (facts.next.when <= clock_now);
	CHECK_INT(begun, 1);
	clock_now = NOON;
	rdb_keeper_wake(f.keeper);
	wait_until_begun(2);
	stop(&f);
	close(port);
	strcpy(where, before);
}

/* A daily backup that was made in another folder. */
static void put_moved(const struct fixture *f, const char *name)
{
	struct rdb_embed_label label = {.size = 1, .type = "daily", .home = 4711};
	char path[256], head[RDB_EMBED_START] = "\x1f\x8b\x08\x10";
	int fd;

	snprintf(path, sizeof(path), "%s/%s", f->folder, name);
	REQUIRE((fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600)) >= 0);
	rdb_embed_label_format(&label, head + 10);
	REQUIRE(write(fd, head, sizeof(head)) == (ssize_t)sizeof(head));
	close(fd);
}

static size_t count_in_log(const char *words)
{
	struct rdb_buf log = {0};
	uint64_t from = 0;
	size_t count = 0;

	REQUIRE(rdb_log_since(&from, &log) == 0 && rdb_buf_cstr(&log));
	for (const char *at = log.data; (at = strstr(at, words)); at++)
		count++;
	rdb_buf_free(&log);
	return count;
}

static void test_schedule_counts_what_was_moved(void)
{
	static const char name[] = "rethinkdb_dump_2026-11-22T03:00:00.tar.gz";
	struct rdb_keeper_facts facts;
	struct fixture f;
	char path[256];

	setenv("TZ", "UTC0", 1);
	clock_now = NOON;
	make_folder(&f);
	put_moved(&f, name);
	start_in(&f, "daily@03:00");
	do {
		usleep(1000);
		rdb_keeper_facts(f.keeper, &facts);
	} while (!facts.next.when);
	CHECK_INT(facts.next.when, NOON + 15 * 3600);
	clock_now = NOON + 60;
	rdb_keeper_wake(f.keeper);
	rdb_keeper_stop(f.keeper);
	CHECK_INT(begun, 0);
	CHECK_INT(count_in_log("the schedule counts them"), 1);
	snprintf(path, sizeof(path), "%s/%s", f.folder, name);
	CHECK_INT(unlink(path), 0);
	stop(&f);
}

int main(void)
{
	int port = take_port(where);

	RUN(test_refused);
	RUN(test_stopped_keeper_refuses);
	RUN(test_failed_backup_is_retried_later);
	RUN(test_clock_set_back_after_a_failure);
	RUN(test_clock_set_back_after_a_backup);
	RUN(test_schedule_counts_what_was_moved);
	close(port);
	CHECK_EXIT();
}
