/*
 * Another client of a cluster: reads one document and replaces one, over and over, and says how
 * long that took. bench_points HOST:PORT works in the table rdbfs_bench.points, which it makes
 * and drops, until its standard input ends. Writes are durable ones, the server's default.
 * Prints "reads" and "writes", each with how many, and ms: mean, median, 99 % below, longest.
 */
#include "cluster/cluster.h"
#include "reql/term.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define DB "rdbfs_bench"
#define TABLE "points"
#define DOCUMENTS 1000
#define PAUSE 2000 /* microseconds */

struct client {
	struct rdb_cluster *cluster;
	pthread_t thread;
	bool writes;
	double *times; /* ms */
	size_t count;
};

static atomic_bool ended;

static void check(int rc, const struct rdb_err *err)
{
	if (rc >= 0)
		return;
	fprintf(stderr, "bench_points: %s\n", err->text);
	exit(1);
}

static struct rdb_conn *open_conn(struct rdb_cluster *cluster)
{
	struct rdb_err err = {0};
	struct rdb_conn *conn;

	check(rdb_cluster_connect(cluster, NULL, &conn, &err), &err);
	return conn;
}

static int run(struct rdb_conn *conn, const struct rdb_buf *query, struct rdb_err *err)
{
	struct rdb_response response = {0};
	int rc = rdb_conn_query(conn, query->data, query->len, &response, err);

	rdb_response_free(&response);
	return rc;
}

static int put_write(struct rdb_buf *query, unsigned number)
{
	return rdb_buf_printf(query,
		"[1,[56,[[15,[[14,[\"" DB "\"]],\"" TABLE "\"]],{\"id\":%u,\"n\":%u,"
		"\"text\":\"a document as short as most of them are\"}],"
		"{\"conflict\":\"replace\"}]]",
		number % DOCUMENTS, number);
}

static int put_read(struct rdb_buf *query, unsigned number)
{
	return rdb_buf_printf(
		query, "[1,[16,[[15,[[14,[\"" DB "\"]],\"" TABLE "\"]],%u]]]", number % DOCUMENTS);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void ask(struct client *client, struct rdb_conn *conn, unsigned number)
{
	struct rdb_buf query = {0};
	struct rdb_err err = {0};
	double before;

	if ((client->writes ? put_write : put_read)(&query, number) != 0)
		abort();
	before = now();
	check(run(conn, &query, &err), &err);
	client->times = realloc(client->times, (client->count + 1) * sizeof(double));
	if (!client->times)
		abort();
	client->times[client->count++] = now() - before;
	rdb_buf_free(&query);
}

static void *work(void *arg)
{
	struct client *client = arg;
	struct rdb_conn *conn = open_conn(client->cluster);

	for (unsigned number = 0; !atomic_load(&ended); number += 7) {
		ask(client, conn, number);
		usleep(PAUSE);
	}
	rdb_conn_close(conn);
	return NULL;
}

static int by_length(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void print(const char *name, struct client *client)
{
	const double *t = client->times;
	size_t n = client->count;
	double sum = 0;

	if (n == 0)
		exit(1);
	qsort(client->times, n, sizeof(*t), by_length);
	for (size_t i = 0; i < n; i++)
		sum += t[i];
	printf("%s %zu %.3f %.3f %.3f %.3f\n", name, n, sum / (double)n, t[n / 2], t[n * 99 / 100],
		t[n - 1]);
}

static void fill(struct rdb_conn *conn)
{
	struct rdb_buf query = {0};
	struct rdb_err err = {0};

	if (rdb_buf_puts(&query, "[1,[57,[\"" DB "\"]]]") != 0)
		abort();
	(void)run(conn, &query, &err);
	rdb_buf_clear(&query);
	if (rdb_query_table_create(&query, DB, TABLE, "id", 0, 0) != 0)
		abort();
	(void)run(conn, &query, &err); /* it may be there */
	for (unsigned i = 0; i < DOCUMENTS; i++) {
		rdb_buf_clear(&query);
		rdb_err_clear(&err);
		if (put_write(&query, i) != 0)
			abort();
		check(run(conn, &query, &err), &err);
	}
	rdb_buf_free(&query);
}

static void drop(struct rdb_conn *conn)
{
	struct rdb_buf query = {0};
	struct rdb_err err = {0};

	if (rdb_buf_puts(&query, "[1,[58,[\"" DB "\"]]]") == 0)
		(void)run(conn, &query, &err);
	rdb_buf_free(&query);
}

int main(int argc, char **argv)
{
	struct client reads = {0}, writes = {.writes = true};
	struct rdb_cluster_options options = {.connect = argc > 1 ? argv[1] : NULL};
	struct rdb_err err = {0};
	struct rdb_conn *conn;

	check(rdb_cluster_create(&options, &reads.cluster, &err), &err);
	writes.cluster = reads.cluster;
	conn = open_conn(reads.cluster);
	fill(conn);
	puts("ready");
	fflush(stdout);
	if (pthread_create(&reads.thread, NULL, work, &reads) != 0 ||
		pthread_create(&writes.thread, NULL, work, &writes) != 0)
		return 1;
	while (getchar() != EOF)
		;
	atomic_store(&ended, true);
	pthread_join(reads.thread, NULL);
	pthread_join(writes.thread, NULL);
	print("reads", &reads);
	print("writes", &writes);
	drop(conn);
	rdb_conn_close(conn);
	rdb_cluster_free(reads.cluster);
	free(reads.times);
	free(writes.times);
	return 0;
}
