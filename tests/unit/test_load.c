#include "cluster/load.h"

#include "reql/admin.h"

#include "unit/server.h"

static struct rdb_load load_of(struct rdb_cluster *cluster)
{
	struct rdb_load load;

	rdb_load_init(&load, cluster, 3, rdb_cluster_queries(cluster), NULL);
	return load;
}

static struct rdb_cluster *cluster_at(const char *address)
{
	const struct rdb_cluster_options options = {.connect = address};
	struct rdb_cluster *cluster;

	REQUIRE(rdb_cluster_create(&options, &cluster, NULL) == 0);
	return cluster;
}

/* A second later: the servers have answered that many queries in total, of which own were sent by
 * this process. */
static void pass(struct rdb_load *load, double answered, uint64_t own)
{
	struct rdb_load_sample sample = load->last;

	sample.total += answered;
	sample.own += own;
	sample.at += 1000;
	rdb_load_note(load, &sample);
}

static void begin(struct rdb_load *load, double recently, uint64_t own)
{
	const struct rdb_load_sample sample = {.total = 5000,
		.recently = recently,
		.documents = recently,
		.own = own,
		.at = 77000};

	rdb_load_note(load, &sample);
}

static void test_beginning(void)
{
	struct rdb_cluster *cluster = cluster_at("localhost");
	struct rdb_load load = load_of(cluster);

	CHECK(rdb_load_others(&load)); /* unknown so far */
	begin(&load, 0, 4);
	CHECK(!rdb_load_others(&load));
	load = load_of(cluster);
	begin(&load, 4, 4); /* its own */
	CHECK(!rdb_load_others(&load));
	load = load_of(cluster);
	begin(&load, 104, 4);
	CHECK(rdb_load_others(&load));
	rdb_cluster_free(cluster);
}

static void test_own_queries_do_not_count_as_load(void)
{
	struct rdb_cluster *cluster = cluster_at("localhost");
	struct rdb_load load = load_of(cluster);

	begin(&load, 0, 0);
	for (int i = 0; i < 10; i++) {
		pass(&load, 2000, 2000);
		CHECK(!rdb_load_others(&load));
	}
	pass(&load, 2003, 2000); /* three were in flight before */
	CHECK(!rdb_load_others(&load));
	pass(&load, 1997, 2000);
	CHECK(!rdb_load_others(&load));
	pass(&load, 2020, 2000);
	CHECK(rdb_load_others(&load));
	rdb_cluster_free(cluster);
}

/* rdb_dump_check() sends a query per database before: the servers count these, and two documents
 * that another client reads. */
static void test_earlier_own_queries_do_not_count(void)
{
	struct rdb_cluster *cluster = cluster_at(server_address);
	uint64_t asked = rdb_cluster_queries(cluster);
	struct rdb_load load;
	struct rdb_names names;
	struct rdb_conn *conn;

	REQUIRE(rdb_cluster_connect(cluster, NULL, &conn, NULL) == 0);
	for (int i = 0; i < 20; i++) {
		REQUIRE(rdb_admin_databases(conn, &names, NULL) == 0);
		rdb_names_free(&names);
	}
	rdb_conn_close(conn);
	rdb_load_init(&load, cluster, 3, asked, NULL);
	begin(&load, 22, rdb_cluster_queries(cluster));
	CHECK(!rdb_load_others(&load));
	rdb_load_init(&load, cluster, 3, rdb_cluster_queries(cluster), NULL);
	begin(&load, 22, rdb_cluster_queries(cluster));
	CHECK(rdb_load_others(&load));
	rdb_cluster_free(cluster);
}

/* A client that pauses for a moment still counts as active. */
static void test_a_client_that_pauses_is_still_active(void)
{
	struct rdb_cluster *cluster = cluster_at("localhost");
	struct rdb_load load = load_of(cluster);

	begin(&load, 100, 0);
	pass(&load, 10, 10);
	CHECK(!rdb_load_others(&load)); /* inactive before */
	pass(&load, 110, 10);
	CHECK(rdb_load_others(&load));
	pass(&load, 10, 10);
	pass(&load, 10, 10);
	CHECK(rdb_load_others(&load));
	pass(&load, 10, 10);
	CHECK(!rdb_load_others(&load));
	pass(&load, 110, 10); /* new activity is detected at once */
	CHECK(rdb_load_others(&load));
	rdb_cluster_free(cluster);
}

/* A few queries per second, or occasional short bursts, are ignored. */
static void test_a_few_queries_are_ignored(void)
{
	struct rdb_cluster *cluster = cluster_at("localhost");
	struct rdb_load load = load_of(cluster);

	begin(&load, 0, 0);
	for (int i = 0; i < 100; i++) {
		pass(&load, 108, 100); /* three of them may have been sent before */
		CHECK(!rdb_load_others(&load));
	}
	for (int i = 0; i < 100; i++) {
		pass(&load, i % 10 ? 100 : 117, 100);
		CHECK(!rdb_load_others(&load));
	}
	for (int i = 0; i < 8; i++)
		pass(&load, 110, 100); /* more than a few for some time */
	CHECK(rdb_load_others(&load));
	rdb_cluster_free(cluster);
}

static void begin_monitored(struct rdb_load *load, double monitors)
{
	const struct rdb_load_sample sample = {.total = 5000, .recently = monitors, .at = 77000};

	rdb_load_note(load, &sample);
}

/* A client that queries but reads no documents is monitoring, and ignored; an additional client is
 * not. */
static void test_a_monitoring_load_is_ignored(void)
{
	struct rdb_cluster *cluster = cluster_at("localhost");
	struct rdb_load load = load_of(cluster);

	begin_monitored(&load, 40);
	for (int i = 0; i < 100; i++) {
		CHECK(!rdb_load_others(&load));
		pass(&load, 140 + i % 4, 100);
	}
	pass(&load, 170, 100);
	CHECK(rdb_load_others(&load));
	/* The monitoring ends: later clients are not mistaken for it. */
	for (int i = 0; i < 10; i++)
		pass(&load, 100, 100);
	CHECK(!rdb_load_others(&load));
	pass(&load, 140, 100);
	CHECK(rdb_load_others(&load));
	rdb_cluster_free(cluster);
}

/* Documents that are written, but not by this process: another client is active. */
static void test_writers_are_not_taken_for_monitors(void)
{
	struct rdb_cluster *cluster = cluster_at("localhost");
	struct rdb_load load = load_of(cluster);
	struct rdb_load_sample sample;

	begin_monitored(&load, 40);
	pass(&load, 140, 100);
	CHECK(!rdb_load_others(&load));
	sample = load.last;
	sample.total += 140;
	sample.own += 100;
	sample.at += 1000;
	sample.written += 1;
	rdb_load_note(&load, &sample);
	CHECK(rdb_load_others(&load));
	rdb_cluster_free(cluster);
}

/* A restarted server counts from zero. */
static void test_server_started_again(void)
{
	struct rdb_cluster *cluster = cluster_at("localhost");
	struct rdb_load load = load_of(cluster);

	begin(&load, 0, 0);
	pass(&load, -4000, 10);
	CHECK(!rdb_load_others(&load));
	pass(&load, 110, 10);
	CHECK(rdb_load_others(&load));
	rdb_cluster_free(cluster);
}

/* Makes the load independent of the time and number of samples. Clients in "others" send so many
 * queries that no interval makes them appear few, and the answer may take any time. */
static struct rdb_load timeless_load_of(struct rdb_cluster *cluster)
{
	struct rdb_load load = load_of(cluster);

	load.answer_timeout = -1;
	CHECK_INT(server_control(NULL, 0, "set clock 1000000"), 0);
	return load;
}

static void test_asking(void)
{
	struct rdb_cluster *cluster = cluster_at(server_address);
	struct rdb_load load = timeless_load_of(cluster);

	CHECK_INT(rdb_cluster_queries(cluster), 0);
	rdb_load_look(&load);
	CHECK_INT(rdb_cluster_queries(cluster), 1);
	CHECK(load.known);
	CHECK(!rdb_load_others(&load));
	server_control(NULL, 0, "set others 1000");
	rdb_load_look(&load);
	CHECK(rdb_load_others(&load));
	server_control(NULL, 0, "set others 0");
	for (int i = 0; i < 3; i++)
		rdb_load_look(&load);
	CHECK(!rdb_load_others(&load));
	rdb_load_close(&load);
	rdb_cluster_free(cluster);
}

/* Missing statistics are no error: other clients are assumed. */
static void test_missing_statistics_mean_other_clients(void)
{
	const struct rdb_cluster_options options = {
		.connect = server_address, .user = "bob", .password = "secret"};
	struct rdb_cluster *cluster;
	struct rdb_load load;

	REQUIRE(rdb_cluster_create(&options, &cluster, NULL) == 0);
	load = load_of(cluster);
	rdb_load_look(&load);
	CHECK(rdb_load_others(&load));
	CHECK(load.refused);
	rdb_load_look(&load);
	CHECK_INT(rdb_cluster_queries(cluster), 1);
	rdb_load_close(&load);
	rdb_cluster_free(cluster);

	cluster = cluster_at(server_address);
	load = timeless_load_of(cluster);
	rdb_load_look(&load);
	CHECK(!rdb_load_others(&load));
	server_control(NULL, 0, "fault at=reply do=drop term=map");
	rdb_load_look(&load);
	CHECK(rdb_load_others(&load));
	CHECK(!load.refused);
	rdb_load_look(&load); /* another connection */
	CHECK(!rdb_load_others(&load));
	rdb_load_close(&load);
	rdb_cluster_free(cluster);
}

int main(void)
{
	server_start();
	RUN(test_beginning);
	RUN(test_own_queries_do_not_count_as_load);
	RUN(test_earlier_own_queries_do_not_count);
	RUN(test_a_client_that_pauses_is_still_active);
	RUN(test_a_few_queries_are_ignored);
	RUN(test_a_monitoring_load_is_ignored);
	RUN(test_writers_are_not_taken_for_monitors);
	RUN(test_server_started_again);
	RUN(test_asking);
	RUN(test_missing_statistics_mean_other_clients);
	server_stop();
	CHECK_EXIT();
}
