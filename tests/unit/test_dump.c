/* Parts of a dump that need no server: names, rate limit, patience, and how failures are
 * reported. */
#include "base/log.h"
#include "cluster/client.h"
#include "dump/dump.h"
#include "dump/dump_plan.h"
#include "dump/rate_limit.h"
#include "unit/check.h"
#include "unit/port.h"

#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <unistd.h>

static struct rdb_err err;

static void test_valid_and_invalid_names(void)
{
	char long_name[3000];

	CHECK_INT(rdb_plan_check_name("blog", &err), 0);
	CHECK_INT(rdb_plan_check_name("blog.posts", &err), 0);
	CHECK_INT(rdb_plan_check_name("b-l_0.P-9", &err), 0);
	CHECK_INT(rdb_plan_check_name("", &err), -EINVAL);
	CHECK_INT(rdb_plan_check_name("blog.", &err), -EINVAL);
	CHECK_INT(rdb_plan_check_name(".posts", &err), -EINVAL);
	CHECK_INT(rdb_plan_check_name("a.b.c", &err), -EINVAL);
	CHECK_INT(rdb_plan_check_name("bl og", &err), -EINVAL);
	CHECK_INT(rdb_plan_check_name("../etc", &err), -EINVAL);
	CHECK_INT(rdb_plan_check_name("rethinkdb", &err), -EPERM);
	CHECK_INT(rdb_plan_check_name("rethinkdb.users", &err), -EPERM);
	memset(long_name, 'x', sizeof(long_name) - 1);
	long_name[sizeof(long_name) - 1] = '\0';
	CHECK_INT(rdb_plan_check_name(long_name, &err), -EINVAL);
	CHECK(strlen(err.text) < 200);
}

static void test_largest_first(void)
{
	char a[] = "a", b[] = "b", few[] = "few", many[] = "many", some[] = "some", none[] = "none";
	struct rdb_plan_table tables[] = {
		{.db = a, .table = few, .estimate = 10},
		{.db = a, .table = many, .estimate = 1000},
		{.db = b, .table = none, .estimate = -1},
		{.db = b, .table = some, .estimate = 100},
	};
	struct rdb_plan plan = {.tables = tables, .count = 4};
	struct rdb_plan_table **order = rdb_plan_by_size(&plan);

	REQUIRE(order);
	CHECK_STR(order[0]->table, "many");
	CHECK_STR(order[1]->table, "some");
	CHECK_STR(order[2]->table, "few");
	CHECK_STR(order[3]->table, "none");
	CHECK(rdb_plan_has(&plan, "b", "some"));
	CHECK(!rdb_plan_has(&plan, "a", "some"));
	free(order);
}

/* ---- pace ---- */

static void *take_some(void *arg)
{
	for (int i = 0; i < 5; i++)
		rdb_pace_take(arg, 1000, NULL);
	return NULL;
}

/* Two threads, 10,000 bytes at 100,000 per second: takes at least a tenth of a second. */
static void test_pace_is_shared(void)
{
	int64_t before = rdb_wait_now();
	struct rdb_pace pace;
	pthread_t threads[2];

	rdb_pace_init(&pace, 100000);
	for (int i = 0; i < 2; i++)
		REQUIRE(pthread_create(&threads[i], NULL, take_some, &pace) == 0);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	CHECK(rdb_wait_now() - before >= 98);
	rdb_pace_destroy(&pace);
}

static void test_pace_can_be_cancelled(void)
{
	struct rdb_cancel cancel;
	struct rdb_pace pace;

	REQUIRE(rdb_cancel_init(&cancel) == 0);
	rdb_cancel_fire(&cancel);
	rdb_pace_init(&pace, 1);
	CHECK_INT(rdb_pace_take(&pace, UINT64_C(1) << 40, &cancel), -EINTR);
	rdb_pace_destroy(&pace);
	rdb_pace_init(&pace, 0);
	CHECK_INT(rdb_pace_take(&pace, UINT64_C(1) << 40, NULL), 0);
	rdb_pace_destroy(&pace);
	rdb_cancel_destroy(&cancel);
}

/* ---- patience ---- */

static void test_which_failures_are_retried(void)
{
	struct rdb_client client = {.back_off.ms = 1000};

	rdb_err_set(&err, ECONNRESET, "lost");
	CHECK(rdb_client_again(&client, "t", &err));
	rdb_client_progress(&client);
	rdb_err_set(&err, EACCES, "refused");
	CHECK(!rdb_client_again(&client, "t", &err));
	CHECK_STR(err.text, "refused");
	rdb_err_set(&err, EPROTO, "garbage");
	CHECK(!rdb_client_again(&client, "t", &err));
}

static void test_retries_end_when_the_patience_is_over(void)
{
	struct rdb_client none = {0}, client = {.back_off.ms = 1000};
	unsigned tries = 0;

	rdb_err_set(&err, EAGAIN, "no replica");
	CHECK(!rdb_client_again(&none, "t", &err));
	CHECK_STR(err.text, "no replica");
	while (rdb_client_again(&client, "t", &err))
		tries++;
	CHECK(tries >= 1 && tries < 20);
	CHECK(strstr(err.text, "gave up after") && strstr(err.text, "no replica"));
	CHECK_INT(err.code, EAGAIN);
}

static void test_retries_can_be_cancelled(void)
{
	struct rdb_cancel cancel;
	struct rdb_client client = {.back_off = {.ms = 600000, .cancel = &cancel}};

	REQUIRE(rdb_cancel_init(&cancel) == 0);
	rdb_cancel_fire(&cancel);
	rdb_err_set(&err, EAGAIN, "no replica");
	CHECK(!rdb_client_again(&client, "t", &err));
	CHECK_INT(err.code, ECANCELED);
	rdb_cancel_destroy(&cancel);
}

/* ---- without a server ---- */

static char where[PORT_WHERE]; /* a port without a listener */

static struct rdb_cluster *nowhere(void)
{
	struct rdb_cluster *cluster;

	REQUIRE(rdb_cluster_create(
			&(struct rdb_cluster_options){.connect = where}, &cluster, &err) == 0);
	return cluster;
}

static void test_check_fails_at_once(void)
{
	static const char *const bad[] = {"blog", "a b"};
	static const char *const system[] = {"rethinkdb.users"};
	struct rdb_dump_options options;

	rdb_dump_options_init(&options);
	options.cluster = nowhere();
	CHECK_INT(rdb_dump_check(&options, NULL, &err), -ECONNREFUSED);
	CHECK(strstr(err.text, where));
	CHECK(options.checked);
	CHECK_INT(options.asked, 0);
	options.scope.only = bad;
	options.scope.only_count = 2;
	CHECK_INT(rdb_dump_check(&options, NULL, &err), -EINVAL);
	options.scope.only = system;
	options.scope.only_count = 1;
	CHECK_INT(rdb_dump_check(&options, NULL, &err), -EPERM);
	rdb_cluster_free(options.cluster);
}

static enum rdb_job_state run(bool cancelled, int *rc)
{
	struct rdb_dump_options options;
	struct rdb_job_facts facts;
	struct rdb_job *job;

	rdb_dump_options_init(&options);
	options.cluster = nowhere();
	options.fd = -1;
	options.patience = 0;
	REQUIRE(rdb_job_create(RDB_JOB_BACKUP, "a", &job) == 0);
	if (cancelled)
		rdb_job_cancel(job);
	*rc = rdb_dump_run(&options, job, &err);
	rdb_job_facts(job, &facts);
	CHECK(rdb_job_wait(job, 0));
	CHECK_STR(facts.error.text, err.text);
	CHECK_INT(facts.error.code, -*rc);
	rdb_job_unref(job);
	rdb_cluster_free(options.cluster);
	return facts.state;
}

static void test_run_ends_the_job(void)
{
	int rc;

	CHECK_INT(run(false, &rc), RDB_JOB_FAILED);
	CHECK_INT(rc, -ECONNREFUSED);
	CHECK_INT(run(true, &rc), RDB_JOB_CANCELLED);
	CHECK_INT(rc, -ECANCELED);
}

int main(void)
{
	int port = take_port(where);

	rdb_log_open(RDB_LOG_TO_NOWHERE, RDB_LOG_WARNING);
	RUN(test_valid_and_invalid_names);
	RUN(test_largest_first);
	RUN(test_pace_is_shared);
	RUN(test_pace_can_be_cancelled);
	RUN(test_which_failures_are_retried);
	RUN(test_retries_end_when_the_patience_is_over);
	RUN(test_retries_can_be_cancelled);
	RUN(test_check_fails_at_once);
	RUN(test_run_ends_the_job);
	close(port);
	CHECK_EXIT();
}
