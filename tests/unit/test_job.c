/* A job observed by other threads, and the cluster's name as the user specified it. */
#include "base/log.h"
#include "cluster/cluster.h"
#include "job/job.h"
#include "unit/check.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

static struct rdb_job *new_job(void)
{
	struct rdb_job *job;

	REQUIRE(rdb_job_create(RDB_JOB_BACKUP, "nightly", &job) == 0);
	return job;
}

static void test_states_from_start_to_end(void)
{
	struct rdb_job *job = new_job();
	struct rdb_job_facts facts;

	rdb_job_facts(job, &facts);
	CHECK_INT(facts.state, RDB_JOB_WAITING);
	CHECK_INT(facts.kind, RDB_JOB_BACKUP);
	CHECK_STR(facts.title, "nightly");
	CHECK_INT(facts.started, 0);
	CHECK_INT(facts.documents_total, -1);
	rdb_job_start(job);
	rdb_job_phase(job, "reading %d tables", 2);
	rdb_job_facts(job, &facts);
	CHECK_INT(facts.state, RDB_JOB_RUNNING);
	CHECK_STR(facts.phase, "reading 2 tables");
	CHECK(facts.started != 0 && facts.ended == 0);
	CHECK(!rdb_job_wait(job, 0));
	rdb_job_end(job, NULL);
	CHECK(rdb_job_wait(job, -1));
	rdb_job_facts(job, &facts);
	CHECK_INT(facts.state, RDB_JOB_DONE);
	CHECK(facts.ended >= facts.started && facts.seconds >= 0);
	CHECK_INT(facts.error.code, 0);
	rdb_job_unref(job);
}

static void test_tables_add_up(void)
{
	struct rdb_err why = {0};
	struct rdb_job *job = new_job();
	struct rdb_job_table_facts table;
	struct rdb_job_facts facts;

	for (int i = 0; i < 100; i++)
		CHECK_INT(rdb_job_table(job, "shop", "t", 10), i);
	rdb_job_facts(job, &facts);
	CHECK_INT(facts.tables, 100);
	CHECK_INT(facts.documents_total, 1000);
	rdb_job_progress(job, 7, 3, 300);
	rdb_job_progress(job, 7, 2, 50);
	rdb_job_progress(job, 99, 1, 1);
	rdb_job_table_total(job, 99, 11);
	rdb_job_table_state(job, 7, RDB_JOB_RUNNING, NULL);
	rdb_job_table_state(job, 7, RDB_JOB_DONE, NULL);
	rdb_job_table_state(job, 7, RDB_JOB_DONE, NULL);
	rdb_err_set(&why, ENOENT, "it was dropped");
	rdb_job_progress(job, 8, 4, 40);
	rdb_job_table_state(job, 8, RDB_JOB_FAILED, &why);
	rdb_job_progress(job, 8, 1, 10);
	rdb_job_table_state(job, 8, RDB_JOB_FAILED, &why);
	rdb_job_facts(job, &facts);
	CHECK_INT(facts.documents, 6);
	CHECK_INT(facts.bytes, 351);
	CHECK_INT(facts.documents_total, 1001);
	CHECK_INT(facts.tables_done, 2);
	CHECK_INT(facts.tables_failed, 1);
	CHECK_INT(rdb_job_table_facts(job, 7, &table), 0);
	CHECK_STR(table.name, "shop.t");
	CHECK_INT(table.documents, 5);
	CHECK_INT(table.bytes, 350);
	CHECK_INT(table.total, 10);
	CHECK_INT(table.state, RDB_JOB_DONE);
	CHECK_INT(rdb_job_table_facts(job, 8, &table), 0);
	CHECK_STR(table.error.text, "it was dropped");
	CHECK_INT(table.documents, 5);
	rdb_job_table_state(job, 8, RDB_JOB_RUNNING, NULL);
	rdb_job_facts(job, &facts);
	CHECK_INT(facts.tables_failed, 0);
	CHECK_INT(facts.documents, 11);
	CHECK_INT(facts.bytes, 401);
	CHECK_INT(rdb_job_table_facts(job, 100, &table), -ENOENT);
	CHECK_INT(rdb_job_table_facts(job, -1, &table), -ENOENT);
	rdb_job_table_total(job, 3, -1);
	rdb_job_facts(job, &facts);
	CHECK_INT(facts.documents_total, -1);
	rdb_job_unref(job);
}

static void test_cancelled_tables_are_neither_done_nor_failed(void)
{
	struct rdb_err why = {0};
	struct rdb_job *job = new_job();
	struct rdb_job_table_facts table;
	struct rdb_job_facts facts;

	for (int i = 0; i < 4; i++)
		CHECK_INT(rdb_job_table(job, "shop", "t", 10), i);
	rdb_job_start(job);
	rdb_job_table_state(job, 0, RDB_JOB_DONE, NULL);
	rdb_err_set(&why, ECANCELED, "cancelled");
	rdb_job_table_state(job, 1, RDB_JOB_CANCELLED, &why);
	rdb_job_table_state(job, 2, RDB_JOB_FAILED, &why); /* the job was not cancelled yet */
	rdb_job_facts(job, &facts);
	CHECK_INT(facts.tables_done, 2);
	CHECK_INT(facts.tables_failed, 1);
	rdb_job_cancel(job);
	rdb_job_table_state(job, 2, RDB_JOB_FAILED, &why);
	rdb_err_set(&why, EIO, "no answer");
	rdb_job_table_state(job, 3, RDB_JOB_FAILED, &why);
	rdb_job_facts(job, &facts);
	CHECK_INT(facts.tables_done, 2);
	CHECK_INT(facts.tables_failed, 1);
	CHECK_INT(rdb_job_table_facts(job, 2, &table), 0);
	CHECK_INT(table.state, RDB_JOB_CANCELLED);
	CHECK_INT(rdb_job_table_facts(job, 3, &table), 0);
	CHECK_INT(table.state, RDB_JOB_FAILED);
	rdb_job_unref(job);
}

/* Tables of an ended job are forgotten; late progress of a table does not affect another one. */
static void test_tables_are_forgotten(void)
{
	struct rdb_err why = {0};
	struct rdb_job *job = new_job();
	struct rdb_job_table_facts table;
	struct rdb_job_facts facts;

	for (int i = 0; i < 100; i++)
		CHECK_INT(rdb_job_table(job, "shop", i == 41 ? "broken" : "t", 10), i);
	rdb_job_start(job);
	rdb_job_progress(job, 5, 3, 300);
	rdb_err_set(&why, EIO, "no answer");
	for (int i = 40; i < 90; i++)
		rdb_job_table_state(job, i, i == 40 ? RDB_JOB_DONE : RDB_JOB_FAILED, &why);
	rdb_job_forget_tables(job);
	CHECK_INT(rdb_job_table_facts(job, 99, &table), 0);
	rdb_job_end(job, NULL);
	rdb_job_forget_tables(job);
	rdb_job_forget_tables(job);
	CHECK_INT(rdb_job_table_facts(job, 0, &table), 0);
	CHECK_STR(table.name, "shop.broken");
	CHECK_STR(table.error.text, "no answer");
	CHECK_INT(table.error.code, EIO);
	CHECK_INT(rdb_job_table_facts(job, RDB_JOB_TABLES_KEPT - 1, &table), 0);
	CHECK_INT(rdb_job_table_facts(job, RDB_JOB_TABLES_KEPT, &table), -ENOENT);
	rdb_job_table_state(job, 0, RDB_JOB_DONE, NULL);
	rdb_job_table_total(job, 99, 1);
	rdb_job_progress(job, 99, 1, 1);
	CHECK_INT(rdb_job_table_facts(job, 0, &table), 0);
	CHECK_INT(table.state, RDB_JOB_FAILED);
	rdb_job_facts(job, &facts);
	CHECK_INT(facts.tables, 100);
	CHECK_INT(facts.tables_done, 50);
	CHECK_INT(facts.documents, 4);
	CHECK_INT(facts.documents_total, 1000);
	rdb_job_unref(job);
}

/* The expected number may be an estimate: at least the received documents count. */
static void test_more_than_expected(void)
{
	struct rdb_job *job = new_job();
	struct rdb_job_table_facts table;
	struct rdb_job_facts facts;

	CHECK_INT(rdb_job_table(job, "shop", "a", 10), 0);
	CHECK_INT(rdb_job_table(job, "shop", "b", 5), 1);
	rdb_job_progress(job, 0, 12, 120);
	rdb_job_facts(job, &facts);
	CHECK_INT(facts.documents_total, 17);
	CHECK_INT(rdb_job_table_facts(job, 0, &table), 0);
	CHECK_INT(table.total, 12);
	rdb_job_table_total(job, 0, 20);
	CHECK_INT(rdb_job_table_facts(job, 0, &table), 0);
	CHECK_INT(table.total, 20);
	rdb_job_table_total(job, 1, -1);
	rdb_job_progress(job, 1, 1, 1);
	CHECK_INT(rdb_job_table_facts(job, 1, &table), 0);
	CHECK_INT(table.total, -1);
	rdb_job_unref(job);
}

static void test_warnings_are_kept_and_bounded(void)
{
	struct rdb_job *job = new_job();
	struct rdb_job_facts facts;
	char text[RDB_ERR_TEXT];

	rdb_log_open(RDB_LOG_TO_NOWHERE, RDB_LOG_WARNING);
	for (int i = 0; i < 150; i++)
		rdb_job_warn(job, "number %d", i);
	rdb_job_facts(job, &facts);
	CHECK_INT(facts.warnings, 100);
	CHECK_INT(rdb_job_warning(job, 99, text), 0);
	CHECK_STR(text, "number 99");
	CHECK_INT(rdb_job_warning(job, 100, text), -ENOENT);
	rdb_job_end(job, NULL);
	rdb_job_facts(job, &facts);
	CHECK_INT(facts.warnings, 101);
	CHECK_INT(rdb_job_warning(job, 100, text), 0);
	CHECK_STR(text, "50 more warnings are left out here");
	CHECK_INT(rdb_job_warning(job, 101, text), -ENOENT);
	rdb_job_unref(job);
}

static void test_warnings_that_all_fit(void)
{
	struct rdb_job *job = new_job();
	struct rdb_job_facts facts;

	rdb_log_open(RDB_LOG_TO_NOWHERE, RDB_LOG_WARNING);
	for (int i = 0; i < 100; i++)
		rdb_job_warn(job, "number %d", i);
	rdb_job_end(job, NULL);
	rdb_job_facts(job, &facts);
	CHECK_INT(facts.warnings, 100);
	rdb_job_unref(job);
}

static enum rdb_job_state ended_as(bool cancel, int code)
{
	struct rdb_job *job = new_job();
	struct rdb_job_facts facts;
	struct rdb_err err = {0};

	rdb_job_start(job);
	if (cancel)
		rdb_job_cancel(job);
	if (code)
		rdb_err_set(&err, code, "words");
	rdb_job_end(job, &err);
	rdb_job_facts(job, &facts);
	CHECK_INT(facts.error.code, code);
	rdb_job_unref(job);
	return facts.state;
}

static void test_outcome_by_error_and_cancel(void)
{
	CHECK_INT(ended_as(false, 0), RDB_JOB_DONE);
	CHECK_INT(ended_as(true, 0), RDB_JOB_DONE);
	CHECK_INT(ended_as(false, ENOSPC), RDB_JOB_FAILED);
	CHECK_INT(ended_as(true, ENOSPC), RDB_JOB_FAILED);
	CHECK_INT(ended_as(false, EINTR), RDB_JOB_FAILED);
	CHECK_INT(ended_as(true, EINTR), RDB_JOB_CANCELLED);
	CHECK_INT(ended_as(true, ECANCELED), RDB_JOB_CANCELLED);
	CHECK_STR(rdb_job_state_name(RDB_JOB_CANCELLED), "cancelled");
	CHECK_STR(rdb_job_state_name(RDB_JOB_WAITING), "waiting");
}

static void test_no_descriptor_is_left(void)
{
	struct rdb_job *job = NULL;
	struct rlimit before, few;

	REQUIRE(getrlimit(RLIMIT_NOFILE, &before) == 0);
	few = before;
	few.rlim_cur = STDERR_FILENO + 1; /* standard input, output and error alone */
	REQUIRE(setrlimit(RLIMIT_NOFILE, &few) == 0);
	CHECK_INT(rdb_job_create(RDB_JOB_BACKUP, "night", &job), -EMFILE);
	REQUIRE(setrlimit(RLIMIT_NOFILE, &before) == 0);
	CHECK(job == NULL);
	REQUIRE(rdb_job_create(RDB_JOB_BACKUP, "night", &job) == 0);
	rdb_job_unref(job);
}

static void test_cancel_is_seen_by_poll(void)
{
	struct rdb_job *job = new_job();
	struct pollfd fd = {.fd = rdb_job_cancel_object(job)->fd, .events = POLLIN};

	CHECK(!rdb_job_is_cancelled(job));
	CHECK_INT(poll(&fd, 1, 0), 0);
	rdb_job_cancel(job);
	CHECK(rdb_job_is_cancelled(job));
	CHECK_INT(poll(&fd, 1, 0), 1);
	rdb_job_unref(job);
}

static void count_up(void *arg)
{
	++*(int *)arg;
}

static void *work(void *arg)
{
	struct rdb_job *job = arg;
	struct rdb_err err = {0};

	rdb_job_start(job);
	for (int i = 0; i < 1000; i++) {
		int number = rdb_job_table(job, "d", "t", 1);
		rdb_job_progress(job, number, 1, 10);
		rdb_job_table_state(job, number, RDB_JOB_DONE, NULL);
	}
	rdb_err_set(&err, EIO, "enough");
	rdb_job_end(job, &err);
	rdb_job_end(job, NULL);
	rdb_job_unref(job);
	return NULL;
}

static void test_watching_from_another_thread(void)
{
	struct rdb_job *job = new_job();
	struct rdb_job_facts facts;
	pthread_t thread;
	int called = 0;

	for (int i = 0; i < 5; i++)
		CHECK_INT(rdb_job_on_end(job, count_up, &called), 0);
	REQUIRE(pthread_create(&thread, NULL, work, rdb_job_ref(job)) == 0);
	do
		rdb_job_facts(job, &facts);
	while (!rdb_job_wait(job, 1));
	rdb_job_facts(job, &facts);
	CHECK_INT(facts.state, RDB_JOB_FAILED);
	CHECK_STR(facts.error.text, "enough");
	CHECK_INT(facts.documents, 1000);
	CHECK_INT(facts.tables_done, 1000);
	pthread_join(thread, NULL);
	CHECK_INT(called, 5);
	CHECK_INT(rdb_job_on_end(job, count_up, &called), 0);
	CHECK_INT(called, 6);
	rdb_job_unref(job);
}

/* ---- the cluster ---- */

static int make(const struct rdb_cluster_options *options, const char *name, struct rdb_err *err)
{
	struct rdb_cluster *cluster;
	int rc = rdb_cluster_create(options, &cluster, err);

	if (rc != 0)
		return rc;
	CHECK_STR(rdb_cluster_name(cluster), name);
	rdb_cluster_free(cluster);
	return 0;
}

static void test_cluster_names(void)
{
	struct rdb_err err = {0};

	CHECK_INT(make(&(struct rdb_cluster_options){0}, "localhost:28015", &err), 0);
	CHECK_INT(
		make(&(struct rdb_cluster_options){.connect = "db1:28016"}, "db1:28016", &err), 0);
	CHECK_INT(make(&(struct rdb_cluster_options){.connect = "[::1]"}, "[::1]:28015", &err), 0);
	CHECK_INT(make(&(struct rdb_cluster_options){.connect = "rethinkdb://joe:x@db1/"},
			  "db1:28015", &err),
		0);
}

static void test_cluster_refusals(void)
{
	char long_password[2000];
	struct rdb_err err = {0};

	CHECK_INT(make(&(struct rdb_cluster_options){.connect = "db1:x"}, "", &err), -EINVAL);
	CHECK_INT(make(&(struct rdb_cluster_options){.tls_client_key = "/k"}, "", &err), -EINVAL);
	CHECK(strstr(err.text, "only the key"));
	CHECK_INT(make(&(struct rdb_cluster_options){.tls_cert = "/no/such"}, "", &err), -ENOENT);
	CHECK_INT(make(&(struct rdb_cluster_options){.tls_cert = "/dev/null"}, "", &err), -EINVAL);
	memset(long_password, 's', sizeof(long_password) - 1);
	long_password[sizeof(long_password) - 1] = '\0';
	CHECK_INT(
		make(&(struct rdb_cluster_options){.password = long_password}, "", &err), -EINVAL);
	CHECK(strstr(err.text, "password") && !strstr(err.text, "sss"));
}

/* Reserves a loopback port without a listener, so that no other process takes it. */
static int bind_port(uint16_t *port)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	REQUIRE(fd >= 0 && bind(fd, (struct sockaddr *)&address, len) == 0);
	REQUIRE(getsockname(fd, (struct sockaddr *)&address, &len) == 0);
	*port = ntohs(address.sin_port);
	return fd;
}

static void test_cluster_connects(void)
{
	struct rdb_cluster_options options = {0};
	struct rdb_cluster *cluster;
	struct rdb_cancel cancel;
	struct rdb_err err = {0};
	struct rdb_conn *conn;
	char where[64];
	uint16_t port;
	int fd = bind_port(&port);

	snprintf(where, sizeof(where), "127.0.0.1:%u", port);
	options.connect = where;
	REQUIRE(rdb_cluster_create(&options, &cluster, &err) == 0);
	CHECK_INT(rdb_cluster_connect(cluster, NULL, &conn, &err), -ECONNREFUSED);
	CHECK(strstr(err.text, where));
	REQUIRE(listen(fd, 1) == 0 && rdb_cancel_init(&cancel) == 0);
	rdb_cancel_fire(&cancel);
	CHECK_INT(rdb_cluster_connect(cluster, &cancel, &conn, &err), -EINTR);
	rdb_cancel_destroy(&cancel);
	rdb_cluster_free(cluster);
	close(fd);
}

int main(void)
{
	RUN(test_states_from_start_to_end);
	RUN(test_tables_add_up);
	RUN(test_cancelled_tables_are_neither_done_nor_failed);
	RUN(test_tables_are_forgotten);
	RUN(test_more_than_expected);
	RUN(test_warnings_are_kept_and_bounded);
	RUN(test_warnings_that_all_fit);
	RUN(test_outcome_by_error_and_cancel);
	RUN(test_no_descriptor_is_left);
	RUN(test_cancel_is_seen_by_poll);
	RUN(test_watching_from_another_thread);
	RUN(test_cluster_names);
	RUN(test_cluster_refusals);
	RUN(test_cluster_connects);
	CHECK_EXIT();
}
