/*
 * The server's own ceiling: reads all tables as a dump does, in parallel, and drops what comes
 * unread. bench_ceiling HOST:PORT [CLIENTS [BATCH_BYTES]] prints seconds and bytes.
 */
#include "cluster/cluster.h"
#include "dump/describe.h"
#include "dump/dump_plan.h"
#include "reql/cursor.h"
#include "reql/term.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define CLIENTS_MAX 64

struct bench {
	struct rdb_cluster *cluster;
	struct rdb_plan plan;
	struct rdb_plan_table **order;
	uint32_t batch;
	atomic_size_t next;
	_Atomic uint64_t bytes;
};

static void check(int rc, const struct rdb_err *err)
{
	if (rc >= 0)
		return;
	fprintf(stderr, "bench_ceiling: %s\n", err->text);
	exit(1);
}

static void read_table(struct bench *b, struct rdb_conn *conn, const struct rdb_plan_table *table)
{
	struct rdb_describe describe = {0};
	struct rdb_json_span rows;
	struct rdb_cursor cursor;
	struct rdb_buf query = {0};
	struct rdb_err err = {0};
	int rc;

	check(rdb_describe_shortly(conn, table->db, table->table, &describe, &err), &err);
	check(rdb_query_read(&query, &(struct rdb_query_read){.db = table->db,
					     .table = table->table,
					     .primary_key = describe.primary_key.data,
					     .batch_bytes = b->batch}),
		&err);
	check(rdb_cursor_open(&cursor, conn, query.data, query.len, &err), &err);
	while ((rc = rdb_cursor_next(&cursor, &rows, &err)) == 1)
		atomic_fetch_add(&b->bytes, rows.len);
	check(rc, &err);
	rdb_cursor_close(&cursor);
	rdb_buf_free(&query);
	rdb_describe_free(&describe);
}

static void *work(void *arg)
{
	struct bench *b = arg;
	struct rdb_err err = {0};
	struct rdb_conn *conn;
	size_t i;

	check(rdb_cluster_connect(b->cluster, NULL, &conn, &err), &err);
	while ((i = atomic_fetch_add(&b->next, 1)) < b->plan.count)
		read_table(b, conn, b->order[i]);
	rdb_conn_close(conn);
	return NULL;
}

static void prepare(struct bench *b, const char *where)
{
	struct rdb_describe describe = {0};
	struct rdb_err err = {0};
	struct rdb_conn *conn;

	check(rdb_cluster_create(
		      &(struct rdb_cluster_options){.connect = where}, &b->cluster, &err),
		&err);
	check(rdb_cluster_connect(b->cluster, NULL, &conn, &err), &err);
	check(rdb_plan_make(conn, &(struct rdb_scope){0}, &b->plan, &err), &err);
	for (size_t i = 0; i < b->plan.count; i++) {
		struct rdb_plan_table *t = &b->plan.tables[i];
		check(rdb_describe_shortly(conn, t->db, t->table, &describe, &err), &err);
		t->estimate = describe.estimate;
	}
	rdb_describe_free(&describe);
	rdb_conn_close(conn);
	b->order = rdb_plan_by_size(&b->plan);
	if (!b->order)
		exit(1);
}

int main(int argc, char **argv)
{
	struct bench b = {.batch = argc > 3 ? (uint32_t)atoi(argv[3]) : 4 << 20};
	unsigned clients = argc > 2 ? (unsigned)atoi(argv[2]) : 3;
	pthread_t threads[CLIENTS_MAX];
	struct timespec from, to;

	if (argc < 2 || clients < 1 || clients > CLIENTS_MAX) {
		fputs("usage: bench_ceiling HOST:PORT [CLIENTS [BATCH_BYTES]]\n", stderr);
		return 1;
	}
	clock_gettime(CLOCK_MONOTONIC, &from);
	prepare(&b, argv[1]);
	for (unsigned i = 0; i < clients; i++)
		if (pthread_create(&threads[i], NULL, work, &b) != 0)
			return 1;
	for (unsigned i = 0; i < clients; i++)
		pthread_join(threads[i], NULL);
	clock_gettime(CLOCK_MONOTONIC, &to);
	printf("%.3f %" PRIu64 "\n",
		(double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9,
		atomic_load(&b.bytes));
	free(b.order);
	rdb_plan_free(&b.plan);
	rdb_cluster_free(b.cluster);
	return 0;
}
