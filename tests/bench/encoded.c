/*
 * What a server takes when nobody has to read, split or check the documents: the inserts of a
 * whole backup, encoded beforehand. Creates the tables, sends, syncs; without indexes.
 * bench_encoded HOST:PORT ARCHIVE [CONNECTIONS [ROWS [DEPTH]]] prints seconds, documents, bytes.
 */
#include "archive/archive.h"
#include "cluster/client.h"
#include "cluster/table_info.h"
#include "format/documents.h"
#include "reql/term.h"

#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CONNECTIONS_MAX 64
#define BATCH_BYTES ((size_t)512 << 10)

struct table {
	const char *db;
	char name[256];
	char key[RDB_PRIMARY_KEY_MAX];
	uint32_t member;
	struct rdb_buf *batches; /* each a whole query */
	size_t count;
};

struct batch {
	double place; /* in its table, 0 to 1: all tables are filled at the same time */
	const struct rdb_buf *query;
};

struct bench {
	struct rdb_cluster *cluster;
	struct rdb_archive *archive;
	struct table *tables;
	size_t table_count;
	struct batch *batches;
	size_t batch_count;
	atomic_size_t next;
	unsigned connections, rows, depth;
	uint64_t documents, bytes;
};

static void check(int rc, const struct rdb_err *err)
{
	if (rc >= 0)
		return;
	fprintf(stderr, "bench_encoded: %s\n", err->text);
	exit(1);
}

static void *enough(void *memory)
{
	if (memory)
		return memory;
	fputs("bench_encoded: out of memory\n", stderr);
	exit(1);
}

/* ---- reading ---- */

static void wake(void *arg)
{
	sem_post(arg);
}

static void open_archive(struct bench *b, const char *path)
{
	const struct rdb_archive_env_options options = {.cache_size = 64 << 20};
	struct rdb_archive_env *env;
	struct rdb_archive_facts facts;
	struct rdb_source *source;
	struct rdb_err err = {0};
	struct rdb_waiter waiter = {.wake = wake};
	sem_t news;

	sem_init(&news, 0, 0);
	waiter.arg = &news;
	check(rdb_archive_env_create(&options, &env, &err), &err);
	check(rdb_source_file(open(path, O_RDONLY | O_CLOEXEC), path, &source, &err), &err);
	check(rdb_archive_open(env, source, path, &b->archive, &err), &err);
	rdb_archive_scan(b->archive, true);
	rdb_archive_wait(b->archive, &waiter);
	do {
		sem_wait(&news);
		rdb_archive_facts(b->archive, &facts);
	} while (facts.state == RDB_ARCHIVE_SCANNING || facts.state == RDB_ARCHIVE_UNVERIFIED);
	rdb_archive_wait_remove(b->archive, &waiter);
	sem_destroy(&news);
	check(-facts.error.code, &facts.error);
}

static bool add_member(void *arg, const struct rdb_member *member, size_t position)
{
	struct rdb_table_facts facts;
	struct bench *b = arg;
	struct table *table;

	(void)position;
	if (member->kind != RDB_MEMBER_JSON)
		return true;
	b->tables = enough(reallocarray(b->tables, b->table_count + 1, sizeof(*b->tables)));
	table = &b->tables[b->table_count++];
	*table = (struct table){.db = member->db, .member = member->number};
	snprintf(table->name, sizeof(table->name), "%.*s", (int)strlen(member->file) - 5,
		member->file);
	rdb_archive_table_facts(b->archive, member->number, &facts);
	snprintf(table->key, sizeof(table->key), "%s",
		facts.primary_key[0] ? facts.primary_key : "id");
	return true;
}

static bool add_db(void *arg, const struct rdb_database *db, size_t position)
{
	struct bench *b = arg;

	(void)position;
	rdb_archive_each_member(b->archive, db->name, 0, add_member, b);
	return true;
}

/* ---- encoding ---- */

static struct rdb_buf *begin_batch(struct table *table)
{
	struct rdb_buf *query;

	table->batches =
		enough(reallocarray(table->batches, table->count + 1, sizeof(*table->batches)));
	query = &table->batches[table->count++];
	*query = (struct rdb_buf){0};
	check(rdb_query_insert_begin(query, table->db, table->name), NULL);
	check(rdb_buf_puts(query, "[2,["), NULL);
	return query;
}

static void end_batch(struct rdb_buf *query)
{
	const struct rdb_query_insert how = {.conflict = RDB_CONFLICT_ERROR};

	check(rdb_buf_puts(query, "]]"), NULL);
	check(rdb_query_insert_end(query, &how), NULL);
}

static void encode_piece(struct bench *b, struct table *table, struct rdb_buf **query,
	unsigned *rows, const struct rdb_json_piece *piece)
{
	if (*query && (*rows == b->rows || (*query)->len + piece->len > BATCH_BYTES)) {
		end_batch(*query);
		*query = NULL;
	}
	if (!*query) {
		*query = begin_batch(table);
		*rows = 0;
	}
	check(rdb_buf_printf(*query, "%s[1,", (*rows)++ ? "," : ""), NULL);
	check(rdb_buf_add(*query, piece->data, piece->len), NULL);
	check(rdb_buf_putc(*query, ']'), NULL);
	b->documents++;
	b->bytes += piece->len;
}

static void encode_table(struct bench *b, struct table *table)
{
	struct rdb_documents documents;
	struct rdb_buf *query = NULL;
	struct rdb_json_piece piece;
	struct rdb_reader *reader;
	struct rdb_read read = {0};
	struct rdb_err err = {0};
	unsigned rows = 0;
	uint64_t off = 0;
	int rc;

	check(rdb_documents_init(&documents, 0, &err), &err);
	check(rdb_reader_open(b->archive, table->member, &reader), &err);
	do {
		check(rdb_reader_read(reader, off, RDB_READ_MAX, &read, &err), &err);
		for (int i = 0; i < read.count; i++) {
			rdb_documents_feed(&documents, read.iov[i].iov_base, read.iov[i].iov_len);
			while ((rc = rdb_documents_next(&documents, &piece, &err)) == 1)
				encode_piece(b, table, &query, &rows, &piece);
			check(rc, &err);
		}
		off += read.len;
		rdb_read_done(&read);
	} while (read.len > 0);
	if (query)
		end_batch(query);
	rdb_reader_close(reader);
	rdb_documents_free(&documents);
}

static int by_place(const void *a, const void *b)
{
	const struct batch *x = a, *y = b;

	return (x->place > y->place) - (x->place < y->place);
}

static void encode(struct bench *b)
{
	for (size_t i = 0; i < b->table_count; i++) {
		encode_table(b, &b->tables[i]);
		b->batch_count += b->tables[i].count;
	}
	b->batches = enough(calloc(b->batch_count + 1, sizeof(*b->batches)));
	b->batch_count = 0;
	for (size_t i = 0; i < b->table_count; i++)
		for (size_t k = 0; k < b->tables[i].count; k++)
			b->batches[b->batch_count++] = (struct batch){
				(double)k / (double)b->tables[i].count, &b->tables[i].batches[k]};
	qsort(b->batches, b->batch_count, sizeof(*b->batches), by_place);
}

/* ---- sending ---- */

static void receive(struct rdb_conn *conn)
{
	struct rdb_response response = {0};
	struct rdb_json_span text;
	struct rdb_err err = {0};

	check(rdb_conn_receive(conn, 0, &response, &err), &err);
	check(rdb_response_check(&response, &err), &err);
	check(rdb_response_atom(&response, &text, &err), &err);
	if (!memmem(text.data, text.len, "\"errors\":0", 10)) {
		fprintf(stderr, "bench_encoded: %.*s\n", (int)text.len, text.data);
		exit(1);
	}
	rdb_response_free(&response);
}

static void *work(void *arg)
{
	struct bench *b = arg;
	struct rdb_err err = {0};
	struct rdb_conn *conn;
	unsigned in_flight = 0;
	int64_t token;
	size_t i;

	check(rdb_cluster_connect(b->cluster, NULL, &conn, &err), &err);
	while ((i = atomic_fetch_add(&b->next, 1)) < b->batch_count) {
		if (in_flight == b->depth)
			receive(conn);
		else
			in_flight++;
		check(rdb_conn_send(conn, b->batches[i].query->data, b->batches[i].query->len,
			      &token, &err),
			&err);
	}
	for (; in_flight; in_flight--)
		receive(conn);
	rdb_conn_close(conn);
	return NULL;
}

static void send_all(struct bench *b)
{
	pthread_t threads[CONNECTIONS_MAX];

	for (unsigned i = 0; i < b->connections; i++)
		if (pthread_create(&threads[i], NULL, work, b) != 0)
			exit(1);
	for (unsigned i = 0; i < b->connections; i++)
		pthread_join(threads[i], NULL);
}

static void create_tables(struct bench *b, struct rdb_client *client)
{
	struct rdb_err err = {0};

	for (size_t i = 0; i < b->table_count; i++) {
		const struct table *table = &b->tables[i];
		if (i == 0 || strcmp(table->db, b->tables[i - 1].db) != 0)
			check(RDB_CLIENT_RUN(client, NULL, &err, rdb_query_db_create, table->db),
				&err);
		check(RDB_CLIENT_RUN(client, NULL, &err, rdb_query_table_create, table->db,
			      table->name, table->key, 0, 0),
			&err);
		check(RDB_CLIENT_RUN(
			      client, NULL, &err, rdb_query_table_wait, table->db, table->name, 30),
			&err);
	}
}

static void sync_tables(struct bench *b, struct rdb_client *client)
{
	struct rdb_err err = {0};

	for (size_t i = 0; i < b->table_count; i++)
		check(RDB_CLIENT_RUN(client, NULL, &err, rdb_query_sync, b->tables[i].db,
			      b->tables[i].name),
			&err);
}

static unsigned number(int argc, char **argv, int at, unsigned otherwise)
{
	return argc > at ? (unsigned)atoi(argv[at]) : otherwise;
}

int main(int argc, char **argv)
{
	struct bench b = {.connections = number(argc, argv, 3, 8),
		.rows = number(argc, argv, 4, 1000),
		.depth = number(argc, argv, 5, 1)};
	struct rdb_client client = {0};
	struct rdb_err err = {0};
	struct timespec from, to;

	if (argc < 3 || b.connections < 1 || b.connections > CONNECTIONS_MAX || !b.depth) {
		fputs("usage: bench_encoded HOST:PORT ARCHIVE [CONNECTIONS [ROWS [DEPTH]]]\n",
			stderr);
		return 1;
	}
	check(rdb_cluster_create(
		      &(struct rdb_cluster_options){.connect = argv[1]}, &b.cluster, &err),
		&err);
	client.cluster = b.cluster;
	open_archive(&b, argv[2]);
	rdb_archive_each_db(b.archive, 0, add_db, &b);
	encode(&b);
	clock_gettime(CLOCK_MONOTONIC, &from);
	create_tables(&b, &client);
	send_all(&b);
	sync_tables(&b, &client);
	clock_gettime(CLOCK_MONOTONIC, &to);
	printf("%.3f %" PRIu64 " %" PRIu64 "\n",
		(double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9,
		b.documents, b.bytes);
	rdb_client_close(&client);
	return 0;
}
