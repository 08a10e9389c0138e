/* A table restored into the project's test server, with all possible failures. */
#include "unit/restoring.h"

#include "base/log.h"
#include "cluster/client.h"
#include "reql/term.h"
#include "staging/staging.h"
#include "unit/port.h"
#include "unit/server.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>

#define ORDERS_INFO "{\"name\":\"t\",\"primary_key\":\"id\",\"indexes\":[],\"write_hook\":null}"

static struct rdb_cluster *cluster;
static struct rdb_leftovers *leftovers;
static struct rdb_job *job;
static struct rdb_err err;
static char records[64]; /* folder of restore records */

static struct rdb_cluster *connect_as(const char *user, const char *password)
{
	const struct rdb_cluster_options options = {
		.connect = server_address, .user = user, .password = password};
	struct rdb_cluster *out;

	REQUIRE(rdb_cluster_create(&options, &out, NULL) == 0);
	return out;
}

/* Starts a test with a new job and a clean server. */
static void begin(void)
{
	rdb_err_clear(&err);
	rdb_job_unref(job);
	REQUIRE(rdb_job_create(RDB_JOB_RESTORE, "test", &job) == 0);
	server_control(NULL, 0, "clear");
	server_control(NULL, 0, "drop-db shop");
	server_control(NULL, 0, "forget-queries");
}

static struct restoring *open_queued(struct rdb_cluster *with,
	struct rdb_restore_table_options options, const struct rdb_restore_queue_options *queue)
{
	struct restoring *sink;

	options.db = options.db ? options.db : "shop";
	options.table = options.table ? options.table : "t";
	options.policy.leftovers = leftovers;
	options.policy.patience = options.policy.patience ? options.policy.patience : 20;
	REQUIRE(restoring_open(with, job, &options, queue, &sink, &err) == 0);
	return sink;
}

static struct restoring *open_with(
	struct rdb_cluster *with, struct rdb_restore_table_options options)
{
	return open_queued(with, options, NULL);
}

static struct restoring *open_sink(struct rdb_restore_table_options options)
{
	return open_with(cluster, options);
}

static int write_text(struct restoring *sink, const char *text)
{
	return restoring_write_wait(sink, text, strlen(text), &err);
}

/* Writes count documents {"id":N,"pad":"…"} in the format of a dump. */
static int write_many(struct restoring *sink, int count, int pad)
{
	char row[4096];
	int rc = write_text(sink, "[");

	for (int i = 0; rc == 0 && i < count; i++) {
		snprintf(row, sizeof(row), "%s\n{\"id\": %d, \"pad\": \"%0*d\"}", i ? "," : "", i,
			pad, i);
		rc = write_text(sink, row);
	}
	return rc ? rc : write_text(sink, "\n]\n");
}

static const char *ask(const char *command)
{
	static char out[65536];

	server_control(out, sizeof(out), "%s", command);
	return out;
}

static size_t records_left(void)
{
	DIR *dir = opendir(records);
	struct dirent *entry;
	size_t count = 0;

	REQUIRE(dir);
	while ((entry = readdir(dir)))
		count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
	closedir(dir);
	return count;
}

/* Writes a text and ends; returns the result. */
static int restore_text(
	struct rdb_restore_table_options options, const char *info, const char *text)
{
	struct restoring *sink = open_sink(options);
	int rc = info ? restoring_info(sink, info, strlen(info), &err) : 0;

	if (rc == 0)
		rc = write_text(sink, text);
	if (rc == 0)
		rc = restoring_end_wait(sink, &err);
	if (rc == 0 && facts_of(sink).state == RDB_RESTORE_HELD)
		rc = 1;
	restoring_close(sink);
	return rc;
}

/* ---- success ---- */

static void test_restore(void)
{
	struct restoring *sink;

	begin();
	REQUIRE(server_control(NULL, 0, "observe") == 0);
	sink = open_sink((struct rdb_restore_table_options){0});
	CHECK_INT(restoring_wait(sink, &err), 0);
	CHECK_INT(restoring_info(sink, ORDERS_INFO, strlen(ORDERS_INFO), &err), 0);
	CHECK_INT(write_many(sink, 3000, 100), 0);
	CHECK_INT(restoring_end_wait(sink, &err), 0);
	CHECK_STR(err.text, "");
	CHECK_INT(facts_of(sink).state, RDB_RESTORE_DONE);
	CHECK_INT(facts_of(sink).documents, 3000);
	CHECK_INT(facts_of(sink).warnings, 0);
	CHECK(!facts_of(sink).in_place);
	restoring_close(sink);
	CHECK_STR(ask("tables"), "\"shop.t\"");
	CHECK_STR(ask("count shop.t"), "3000");
	CHECK_STR(ask("unsynced shop.t"), "0");
	CHECK_INT(server_control(NULL, 0, "never-fewer shop.t 3000"), 0);
	CHECK_INT(records_left(), 0);
}

static void test_array_stream_and_csv(void)
{
	struct rdb_restore_table_options csv = {.format = RDB_RESTORE_CSV, .policy.delimiter = ';'};

	begin();
	CHECK_INT(restore_text((struct rdb_restore_table_options){.table = "a"}, NULL, "[]"), 0);
	CHECK_STR(ask("count shop.a"), "0");
	CHECK_INT(restore_text((struct rdb_restore_table_options){.table = "b"}, NULL,
			  "{\"id\":1}\n{\"id\":[2,[3]]}"),
		0);
	CHECK_STR(ask("count shop.b"), "2");
	csv.table = "c";
	CHECK_INT(restore_text(csv, NULL, "id;name\r\n1;\"x;y\"\r\n2;z"), 0);
	CHECK_STR(ask("count shop.c"), "2");
	CHECK(strstr(ask("dump-state shop.c"), "{\"id\":\"1\",\"name\":\"x;y\"}"));
	CHECK_STR(err.text, "");
}

/* Pieces of one byte, and queues smaller than a document. */
static void test_pieces_of_one_byte(void)
{
	const char *text = "[\n{\"id\": \"\\u0041\", \"a\": [1, [2]]},\n{\"id\": 2}\n]\n";
	struct restoring *sink;

	begin();
	sink = open_queued(cluster, (struct rdb_restore_table_options){.connections = 1},
		&(struct rdb_restore_queue_options){.bytes = 3});
	for (const char *c = text; *c; c++)
		CHECK_INT(restoring_write_wait(sink, c, 1, &err), 0);
	CHECK_INT(restoring_end_wait(sink, &err), 0);
	restoring_close(sink);
	CHECK(strstr(ask("dump-state shop.t"), "{\"a\":[1,[2]],\"id\":\"A\"}"));
}

struct news {
	pthread_mutex_t lock;
	pthread_cond_t cond;
	int room, ended;
	int code;
};

static void note(struct news *news, int *what, const struct rdb_err *with)
{
	pthread_mutex_lock(&news->lock);
	++*what;
	news->code = with ? with->code : news->code;
	pthread_cond_broadcast(&news->cond);
	pthread_mutex_unlock(&news->lock);
}

static void on_room(void *arg)
{
	note(arg, &((struct news *)arg)->room, NULL);
}

static void on_ended(void *arg, const struct rdb_err *with)
{
	note(arg, &((struct news *)arg)->ended, with);
}

static void await(struct news *news, const int *what, int count)
{
	pthread_mutex_lock(&news->lock);
	while (*what < count)
		pthread_cond_wait(&news->cond, &news->lock);
	pthread_mutex_unlock(&news->lock);
}

/* Like the mount: no call blocks. */
static void test_without_waiting(void)
{
	struct news news = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 0, -1};
	const struct rdb_restore_queue_options queue = {256, on_room, &news};
	struct restoring *sink;
	char row[64];
	int rc, rooms = 0;

	begin();
	server_control(NULL, 0, "set delay 0.02");
	sink = open_queued(cluster, (struct rdb_restore_table_options){0}, &queue);
	for (int i = 0; i < 2000; i++) {
		snprintf(row, sizeof(row), "{\"id\":%d}\n", i);
		while ((rc = restoring_write(sink, row, strlen(row), &err)) == -EAGAIN)
			await(&news, &news.room, ++rooms);
		CHECK_INT(rc, 0);
	}
	server_control(NULL, 0, "set delay 0");
	CHECK(rooms > 0);
	restoring_end(sink, on_ended, &news);
	await(&news, &news.ended, 1);
	CHECK_INT(news.code, 0);
	restoring_close(sink);
	CHECK_STR(ask("count shop.t"), "2000");
}

/* ---- in two steps ---- */

static void prepare(struct restoring *sink)
{
	CHECK_INT(restoring_prepare_wait(sink, &err), 0);
}

static void test_prepare(void)
{
	const char *index = "{\"primary_key\":\"id\"}", *other = "{\"primary_key\":\"n\"}";
	struct restoring *sink;

	begin();
	sink = open_sink((struct rdb_restore_table_options){0});
	CHECK_INT(restoring_info(sink, index, strlen(index), &err), 0);
	CHECK_INT(write_text(sink, "[{\"id\":1,\"n\":7}]"), 0);
	prepare(sink);
	CHECK(strstr(ask("tables"), "shop.rdbfs_restore_"));
	CHECK(!strstr(ask("tables"), "shop.t"));
	CHECK_INT(facts_of(sink).state, RDB_RESTORE_COMPLETE);
	CHECK_INT(restoring_end_wait(sink, &err), 0);
	restoring_close(sink);
	CHECK_STR(ask("tables"), "\"shop.t\"");
	CHECK_STR(ask("count shop.t"), "1");

	/* Another .info arrives between the two. */
	sink = open_sink((struct rdb_restore_table_options){.table = "u"});
	CHECK_INT(write_text(sink, "[{\"id\":1,\"n\":7}]"), 0);
	prepare(sink);
	CHECK_INT(restoring_info(sink, other, strlen(other), &err), 0);
	CHECK_INT(restoring_end_wait(sink, &err), 0);
	CHECK_STR(facts_of(sink).primary_key, "n");
	restoring_close(sink);
	CHECK(strstr(ask("dump-state shop.u"), "\"primary_key\":\"n\""));

	/* No documents follow. */
	sink = open_sink((struct rdb_restore_table_options){.table = "v"});
	CHECK_INT(write_text(sink, "[{\"id\":1}]"), 0);
	prepare(sink);
	restoring_close(sink);
	CHECK_STR(ask("tables"), "\"shop.t\"\n\"shop.u\"");
	CHECK_INT(records_left(), 0);

	/* The key is unknown before the second .info. */
	sink = open_sink((struct rdb_restore_table_options){.table = "w"});
	CHECK_INT(write_text(sink, "[{\"n\":1}]"), 0);
	prepare(sink);
	CHECK_INT(facts_of(sink).state, RDB_RESTORE_HELD);
	CHECK_INT(restoring_info(sink, other, strlen(other), &err), 0);
	CHECK_INT(restoring_end_wait(sink, &err), 0);
	CHECK_INT(facts_of(sink).state, RDB_RESTORE_DONE);
	restoring_close(sink);
	CHECK_STR(ask("count shop.w"), "1");
}

/* ---- .info late, or never ---- */

#define INDEX(name)                                                                                \
	"{\"primary_key\":\"id\",\"indexes\":[{\"index\":\"" name "\",\"function\":"               \
	"{\"$reql_type$\":\"BINARY\",\"data\":"                                                    \
	"\"JHJlcWxfaW5kZXhfZnVuY3Rpb24kCQcHBwAAAAAAAAHt/////////y0AAABbMzEsW1sx"                   \
	"MCxbWzEs\\r\\nLTE5LDBdXSwwXSxbMSwiY3VzdG9tZXIiLDBdXSwwXQAAAAAAAAA=\"}}]}"

/* If the .info precedes the documents, its indexes are created before them. */
static void test_indexes_of_an_earlier_info_come_first(void)
{
	const char *queries;

	begin();
	CHECK_INT(
		restore_text((struct rdb_restore_table_options){0}, INDEX("c"), "[{\"id\":1}]"), 0);
	queries = ask("queries");
	REQUIRE(strstr(queries, "\"index_create\"") && strstr(queries, "\"insert\""));
	CHECK(strstr(queries, "\"index_create\"") < strstr(queries, "\"insert\""));
	CHECK(strstr(ask("dump-state shop.t"), "\"c\":"));
}

static int64_t total(void)
{
	struct rdb_job_table_facts table;

	REQUIRE(rdb_job_table_facts(job, 0, &table) == 0);
	return table.total;
}

static int64_t total_by(const char *estimates)
{
	struct restoring *sink;
	char info[256];
	int64_t by;

	snprintf(info, sizeof(info), "{\"primary_key\":\"id\",\"doc_count_estimates\":%s}",
		estimates);
	begin();
	sink = open_sink((struct rdb_restore_table_options){0});
	CHECK_INT(restoring_info(sink, info, strlen(info), &err), 0);
	CHECK_INT(write_text(sink, "[{\"id\":1},{\"id\":2}"), 0);
	CHECK_INT(server_control(NULL, 0, "await term=table_create"), 0);
	by = total();
	CHECK_INT(write_text(sink, "]"), 0);
	CHECK_INT(restoring_end_wait(sink, &err), 0);
	CHECK_INT(total(), 2);
	restoring_close(sink);
	return by;
}

/* The total is the .info's estimate, unless it is known, and finally the actual number. */
static void test_info_estimates(void)
{
	struct restoring *sink;

	CHECK_INT(total_by("[1000,2e3]"), 3000);
	CHECK_INT(total_by("[0]"), 0);
	CHECK_INT(total_by("[1e300,7]"), INT64_C(1000000000000000));
	CHECK_INT(total_by("null"), -1);
	CHECK_INT(total_by("[\"x\",{},-5]"), -1);
	begin();
	sink = open_sink((struct rdb_restore_table_options){
		.table_number = rdb_job_table(job, "shop", "t", 2) + 1});
	CHECK_INT(restoring_info(sink, "{\"doc_count_estimates\":[9]}", 27, &err), 0);
	CHECK_INT(write_text(sink, "[{\"id\":1}"), 0);
	CHECK_INT(server_control(NULL, 0, "await term=table_create"), 0);
	CHECK_INT(total(), 2);
	restoring_close(sink);
}

/* Another .info between the documents: the last one counts. */
static void test_info_changes(void)
{
	static const char *const infos[] = {INDEX("d"), ORDERS_INFO};
	struct restoring *sink;

	for (size_t i = 0; i < sizeof(infos) / sizeof(infos[0]); i++) {
		begin();
		sink = open_sink((struct rdb_restore_table_options){0});
		CHECK_INT(restoring_info(sink, INDEX("c"), strlen(INDEX("c")), &err), 0);
		CHECK_INT(write_text(sink, "[{\"id\":1},"), 0);
		CHECK_INT(server_control(NULL, 0, "await term=index_create"), 0);
		CHECK_INT(restoring_info(sink, infos[i], strlen(infos[i]), &err), 0);
		CHECK_INT(write_text(sink, "{\"id\":2}]"), 0);
		CHECK_INT(restoring_end_wait(sink, &err), 0);
		CHECK_INT(facts_of(sink).warnings, 0);
		restoring_close(sink);
		CHECK(!strstr(ask("dump-state shop.t"), "\"c\":"));
		CHECK(!strstr(ask("dump-state shop.t"), "\"d\":") == (i > 0));
		CHECK_STR(ask("count shop.t"), "2");
	}
}

static void test_info_after(void)
{
	const char *info = INDEX("c");
	struct restoring *sink;

	begin();
	sink = open_sink((struct rdb_restore_table_options){0});
	CHECK_INT(write_text(sink, "[{\"id\":1}]"), 0);
	CHECK_INT(restoring_end_wait(sink, &err), 0);
	CHECK_STR(ask("count shop.t"), "1");
	CHECK_INT(restoring_info(sink, info, strlen(info), &err), 0);
	CHECK_INT(restoring_end_wait(sink, &err), 0);
	CHECK_STR(err.text, "");
	CHECK_INT(facts_of(sink).warnings, 0);
	restoring_close(sink);
	CHECK(strstr(ask("dump-state shop.t"), "\"c\":"));
}

/* Sends an .info for a completed table, under another job. */
static int inform_later(struct restoring *sink, const char *info)
{
	struct rdb_job *before = job;

	CHECK_INT(facts_of(sink).state, RDB_RESTORE_DONE);
	CHECK_INT(rdb_restore_queue_set_job(sink->queue, NULL, &err), 0);
	REQUIRE(rdb_job_create(RDB_JOB_RESTORE, "later", &job) == 0);
	rdb_job_unref(before);
	CHECK_INT(rdb_restore_queue_set_job(sink->queue, job, &err), 0);
	CHECK_INT(restoring_info(sink, info, strlen(info), &err), 0);
	return restoring_end_wait(sink, &err);
}

/* A completed table. */
static struct restoring *restored(enum rdb_existing existing, const char *text)
{
	struct restoring *sink =
		open_sink((struct rdb_restore_table_options){.policy.existing = existing});

	CHECK_INT(write_text(sink, text), 0);
	CHECK_INT(restoring_end_wait(sink, &err), 0);
	return sink;
}

static void test_info_long_after(void)
{
	const char *text = "[{\"id\":1,\"n\":7}]";
	struct rdb_restore_table_facts facts;
	struct restoring *sink;

	begin();
	sink = restored(RDB_EXISTING_REFUSE, text);
	facts = facts_of(sink);
	CHECK_INT(inform_later(sink, INDEX("c")), 0);
	CHECK_STR(facts_of(sink).id, facts.id);
	CHECK(strstr(ask("dump-state shop.t"), "\"c\":"));
	CHECK_INT(inform_later(sink, "{\"primary_key\":\"n\"}"), 0);
	CHECK(strcmp(facts_of(sink).id, facts.id) != 0);
	CHECK_STR(facts_of(sink).primary_key, "n");
	CHECK(strstr(ask("dump-state shop.t"), "\"primary_key\":\"n\""));
	CHECK_STR(ask("count shop.t"), "1");
	/* Another table has its name, then none. */
	restoring_close(restored(RDB_EXISTING_REPLACE, text));
	CHECK_INT(inform_later(sink, INDEX("d")), -EEXIST);
	CHECK_STR(ask("tables"), "\"shop.t\"");
	CHECK(!strstr(ask("dump-state shop.t"), "\"d\":"));
	server_control(NULL, 0, "drop-db shop");
	CHECK_INT(inform_later(sink, INDEX("d")), -ENOENT);
	restoring_close(sink);
	CHECK_INT(records_left(), 0);
}

/* A failure leaves the table unchanged, for another .info. */
static void test_info_long_after_a_merge(void)
{
	struct restoring *sink;

	begin();
	restoring_close(restored(RDB_EXISTING_REFUSE, "[{\"id\":1,\"n\":7}]"));
	sink = restored(RDB_EXISTING_MERGE, "[{\"id\":2,\"n\":8}]");
	CHECK_INT(inform_later(sink, "{\"primary_key\":\"n\"}"), -EINVAL);
	CHECK(strstr(err.text, "primary key"));
	CHECK_INT(inform_later(sink, INDEX("c")), 0);
	restoring_close(sink);
	CHECK(strstr(ask("dump-state shop.t"), "\"c\":"));
	CHECK_STR(ask("count shop.t"), "2");
}

/* Invalid functions: a term that the server would execute, or more than the function. */
static void test_harmful_info(void)
{
	static const char *const functions[] = {
		"{\"x\":[61,[[14,[\"prod\"]],\"users\"]]}",
		"{\"$reql_type$\":\"BINARY\",\"data\":\"\",\"x\":[61,[[14,[\"prod\"]],\"users\"]]}",
		"{\"$reql_type$\":\"BINARY\",\"data\":[61,[[14,[\"prod\"]],\"users\"]]}",
		"{\"$reql_type$\":[61,[[14,[\"prod\"]],\"users\"]],\"data\":\"\"}",
		"[61,[[14,[\"prod\"]],\"users\"]]",
	};
	struct restoring *sink;
	char info[1024];

	begin();
	server_control(NULL, 0, "create-db prod");
	server_control(NULL, 0, "create-table prod.users");
	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
		snprintf(info, sizeof(info),
			"{\"primary_key\":\"id\",\"indexes\":[{\"index\":\"x\",\"function\":%s}],"
			"\"write_hook\":{\"function\":%s}}",
			functions[i], functions[i]);
		sink = open_sink(
			(struct rdb_restore_table_options){.policy.existing = RDB_EXISTING_MERGE});
		CHECK_INT(restoring_info(sink, info, strlen(info), &err), 0);
		CHECK_INT(write_text(sink, "[{\"id\":1}]"), 0);
		CHECK_INT(restoring_end_wait(sink, &err), 0);
		CHECK_INT(facts_of(sink).warnings, 2);
		CHECK_INT(facts_of(sink).missing.code, EREMOTEIO);
		CHECK(strstr(facts_of(sink).missing.text, "shop.t: index x was not restored: "));
		restoring_close(sink);
	}
	CHECK_STR(ask("tables"), "\"prod.users\"\n\"shop.t\"");
	CHECK(!strstr(ask("dump-state shop.t"), "\"x\":"));
	CHECK_STR(ask("queries term=table_drop table=prod.users"), "");
	server_control(NULL, 0, "drop-db prod");
}

/* A missing index is reported until a later .info omits it. */
static void test_missing_index(void)
{
	const char *bad = "{\"primary_key\":\"id\",\"indexes\":[\"old\"]}";
	struct restoring *sink;

	begin();
	sink = open_sink((struct rdb_restore_table_options){0});
	CHECK_INT(restoring_info(sink, bad, strlen(bad), &err), 0);
	CHECK_INT(write_text(sink, "[{\"id\":1}]"), 0);
	CHECK_INT(restoring_end_wait(sink, &err), 0);
	CHECK_INT(facts_of(sink).state, RDB_RESTORE_DONE);
	CHECK_INT(facts_of(sink).missing.code, EREMOTEIO);
	CHECK_STR(facts_of(sink).missing.text,
		"shop.t: index old was not restored: the backup does not contain its function");
	CHECK_INT(restoring_info(sink, ORDERS_INFO, strlen(ORDERS_INFO), &err), 0);
	CHECK_INT(restoring_end_wait(sink, &err), 0);
	CHECK_INT(facts_of(sink).missing.code, 0);
	restoring_close(sink);
	/* The server rejects the index. */
	begin();
	server_control(NULL, 0, "fault 'at=index do=error code=QUERY_LOGIC message=bad'");
	sink = open_sink((struct rdb_restore_table_options){0});
	CHECK_INT(write_text(sink, "[{\"id\":1}]"), 0);
	CHECK_INT(restoring_info(sink, INDEX("c"), strlen(INDEX("c")), &err), 0);
	CHECK_INT(restoring_end_wait(sink, &err), 0);
	CHECK_STR(facts_of(sink).missing.text, "shop.t: index c was not restored: bad");
	restoring_close(sink);
	CHECK_STR(ask("count shop.t"), "1");
}

static void test_other_key(void)
{
	const char *info = "{\"primary_key\":\"n\"}",
		   *text = "[{\"id\":1,\"n\":7},{\"id\":2,\"n\":8}]";
	struct restoring *sink;

	begin();
	sink = open_sink((struct rdb_restore_table_options){.table = "late"});
	CHECK_INT(write_text(sink, text), 0);
	CHECK_INT(restoring_end_wait(sink, &err), 0);
	CHECK_INT(restoring_info(sink, info, strlen(info), &err), 0);
	CHECK_INT(restoring_end_wait(sink, &err), 0);
	CHECK_STR(err.text, "");
	CHECK_STR(facts_of(sink).primary_key, "n");
	restoring_close(sink);
	CHECK(strstr(ask("dump-state shop.late"), "\"primary_key\":\"n\""));
	CHECK_STR(ask("count shop.late"), "2");

	sink = open_sink((struct rdb_restore_table_options){.table = "between"});
	CHECK_INT(write_text(sink, text), 0);
	CHECK_INT(server_control(NULL, 0, "await term=table_create count=3"), 0);
	CHECK_INT(restoring_info(sink, info, strlen(info), &err), 0);
	CHECK_INT(restoring_end_wait(sink, &err), 0);
	restoring_close(sink);
	CHECK(strstr(ask("dump-state shop.between"), "\"primary_key\":\"n\""));
	CHECK_STR(ask("tables"), "\"shop.between\"\n\"shop.late\"");
}

static void test_other_key_missing(void)
{
	const char *info = "{\"primary_key\":\"n\"}";
	struct restoring *sink;

	begin();
	sink = open_sink((struct rdb_restore_table_options){0});
	CHECK_INT(write_text(sink, "[{\"id\":1,\"n\":7},{\"id\":2}]"), 0);
	CHECK_INT(restoring_end_wait(sink, &err), 0);
	CHECK_INT(restoring_info(sink, info, strlen(info), &err), 0);
	CHECK_INT(restoring_end_wait(sink, &err), -EINVAL);
	CHECK(strstr(err.text, "1 documents have no primary key"));
	restoring_close(sink);
	CHECK_STR(ask("tables"), "\"shop.t\"");
	CHECK_STR(ask("count shop.t"), "2");
}

static void test_documents_wait_for_their_info(void)
{
	const char *info = "{\"primary_key\":\"n\"}";
	struct restoring *sink;

	begin();
	sink = open_sink((struct rdb_restore_table_options){.policy.spool_dir = server_folder});
	CHECK_INT(write_text(sink, "[{\"n\":1},"), 0);
	for (int i = 2; i <= 999; i++) {
		char row[32];
		snprintf(row, sizeof(row), "{\"n\":%d},", i);
		CHECK_INT(write_text(sink, row), 0);
	}
	CHECK_INT(write_text(sink, "{\"n\":1000}]"), 0);
	CHECK_INT(restoring_end_wait(sink, &err), 0);
	CHECK_INT(facts_of(sink).state, RDB_RESTORE_HELD);
	CHECK_STR(ask("tables"), "");
	CHECK_INT(restoring_info(sink, info, strlen(info), &err), 0);
	CHECK_INT(restoring_end_wait(sink, &err), 0);
	CHECK_STR(err.text, "");
	CHECK_INT(facts_of(sink).state, RDB_RESTORE_DONE);
	restoring_close(sink);
	CHECK_STR(ask("count shop.t"), "1000");
	/* Cancelled while they wait. */
	sink = open_sink((struct rdb_restore_table_options){
		.table = "v", .policy.spool_dir = server_folder});
	CHECK_INT(write_text(sink, "[{\"n\":1}]"), 0);
	CHECK_INT(restoring_end_wait(sink, &err), 0);
	CHECK_INT(facts_of(sink).state, RDB_RESTORE_HELD);
	restoring_abort(sink);
	CHECK_INT(restoring_info(sink, info, strlen(info), &err), 0);
	CHECK_INT(restoring_end_wait(sink, &err), -ECANCELED);
	CHECK_INT(facts_of(sink).state, RDB_RESTORE_FAILED);
	CHECK_INT(restoring_info(sink, info, strlen(info), &err), -ECANCELED);
	restoring_close(sink);
	/* No room for them. */
	sink = open_sink(
		(struct rdb_restore_table_options){.table = "u", .policy.spool_dir = "/nowhere"});
	CHECK_INT(write_text(sink, "[{\"n\":1}]"), 0);
	CHECK_INT(restoring_end_wait(sink, &err), -ENOENT);
	restoring_close(sink);
}

/* ---- a table that is there ---- */

static void test_existing(void)
{
	struct restoring *sink;

	begin();
	server_control(NULL, 0, "create-db shop");
	server_control(NULL, 0, "create-table shop.t");
	server_control(NULL, 0, "fill shop.t 5");
	sink = open_sink((struct rdb_restore_table_options){0});
	CHECK_INT(restoring_wait(sink, &err), -EEXIST);
	CHECK(strstr(err.text, "shop.t: the table exists already"));
	CHECK_INT(restoring_write(sink, "[]", 2, &err), -EEXIST);
	CHECK_INT(restoring_end_wait(sink, &err), -EEXIST);
	restoring_close(sink);

	CHECK_INT(restore_text(
			  (struct rdb_restore_table_options){.policy.existing = RDB_EXISTING_MERGE},
			  NULL, "[{\"id\":1,\"x\":1},{\"id\":77}]"),
		0);
	CHECK_STR(ask("count shop.t"), "6");
	CHECK(strstr(ask("dump-state shop.t"), "{\"id\":1,\"x\":1}"));
	CHECK_INT(restore_text(
			  (struct rdb_restore_table_options){.policy.existing = RDB_EXISTING_MERGE},
			  "{\"primary_key\":\"other\"}", "[{\"id\":1,\"other\":1}]"),
		-EINVAL);
	CHECK(strstr(err.text, "primary key"));
	CHECK_INT(restore_text(
			  (struct rdb_restore_table_options){.policy.existing = RDB_EXISTING_MERGE},
			  "{\"primary_key\":\"other\"}", "[]"),
		-EINVAL);

	CHECK_INT(restore_text((struct rdb_restore_table_options){.policy.existing =
									  RDB_EXISTING_REPLACE},
			  "{\"primary_key\":\"k\"}", "[{\"k\":1}]"),
		0);
	CHECK_STR(ask("tables"), "\"shop.t\"");
	CHECK_STR(ask("count shop.t"), "1");
	CHECK(strstr(ask("dump-state shop.t"), "\"primary_key\":\"k\""));
	CHECK_INT(records_left(), 0);
}

/* Restores a file without documents, and returns the result. */
static int restore_blank(enum rdb_existing existing, const char *info, const char *text)
{
	struct restoring *sink =
		open_sink((struct rdb_restore_table_options){.policy.existing = existing});
	int rc = info ? restoring_info(sink, info, strlen(info), &err) : 0;

	rdb_restore_queue_accept_blank(sink->queue, RDB_BLANK_ANY);
	if (rc == 0)
		rc = write_text(sink, text);
	if (rc == 0)
		rc = restoring_end_wait(sink, &err);
	restoring_close(sink);
	return rc;
}

static void test_blank_for_a_table_that_exists(void)
{
	static const enum rdb_existing changes[] = {
		RDB_EXISTING_MERGE, RDB_EXISTING_REPLACE, RDB_EXISTING_SYNC};
	static const char *const blanks[] = {"", " \n"};

	begin();
	server_control(NULL, 0, "create-db shop");
	server_control(NULL, 0, "create-table shop.t");
	server_control(NULL, 0, "fill shop.t 5");
	for (size_t i = 0; i < 6; i++) {
		CHECK_INT(restore_blank(changes[i / 2], NULL, blanks[i % 2]), -EINVAL);
		CHECK(strstr(err.text, "shop.t: its file is empty and has no .info"));
		CHECK_STR(ask("tables"), "\"shop.t\"");
		CHECK_STR(ask("count shop.t"), "5");
	}
	CHECK_INT(restore_blank(RDB_EXISTING_MERGE, ORDERS_INFO, ""), 0);
	CHECK_STR(ask("count shop.t"), "5");
	CHECK_INT(restore_blank(RDB_EXISTING_REPLACE, ORDERS_INFO, ""), 0);
	CHECK_STR(ask("count shop.t"), "0");
	CHECK_INT(records_left(), 0);
}

/* ---- documents that can't be restored ---- */

static void check_refused(const char *text, const char *words)
{
	begin();
	CHECK_INT(restore_text((struct rdb_restore_table_options){0}, ORDERS_INFO, text), -EINVAL);
	if (!strstr(err.text, words))
		fprintf(stderr, "for %s: %s\n", text, err.text);
	CHECK(strstr(err.text, words));
	CHECK(strstr(err.text, "shop.t: "));
	CHECK_STR(ask("tables"), "");
	CHECK_INT(records_left(), 0);
}

static void test_refused(void)
{
	check_refused("[{\"id\":1},{\"n\":2}]", "document 2 at byte 10 has no primary key \"id\"");
	check_refused("[{\"id\":1},{\"id\":2,\"id\":3}]", "more than one primary key");
	check_refused("[{\"id\":1},{\"id\":2,\"x\":tru}]", "document 2");
	check_refused("[{\"id\":1},{\"id\":2}", "it is cut short");
	check_refused("[{\"id\":1},{\"id\":", "it is cut short");
	check_refused("[{\"id\":1}]]", "at byte 10");
	check_refused("[{\"id\":1},7]", "document 2");
	check_refused("", "it is cut short");
	check_refused(
		"[{\"id\":1},{\"id\":2},{\"id\":2,\"x\":1},{\"id\":4}]", "document 3 at byte 19");
	check_refused("[{\"id\":1},{\"id\":2,\"x\":1,\"x\":2},{\"id\":4}]",
		"document 2 at byte 10: Duplicate");
	check_refused(
		"[{\"id\":1},{\"id\":2,\"x\":{\"$reql_type$\":\"FOO\"}}]", "document 2 at byte 10");
	check_refused("[{\"id\":1},{\"id\":null}]", "document 2 at byte 10");
	check_refused("[{\"id\":1},{\"id\":2,\"x\":[{\"$reql_type$\": \"LITERAL\"}]}]",
		"document 2 at byte 10 contains an object of the type LITERAL");
	check_refused("[{\"$reql_typ\\u0065$\":\"LITER\\u0041L\",\"value\":1,\"id\":1}]",
		"document 1 at byte 1 contains an object of the type LITERAL");
	/* The server's message shows both documents, with text that resembles a message of
	 * its own. */
	check_refused("[{\"id\":1,\"s\":\"primary replica not available\"},{\"id\":1}]",
		"document 2 at byte 46");
}

/* A duplicate key: the error names document and position, although both are at the server. */
static void test_duplicate_key_is_refused(void)
{
	struct restoring *sink;
	char row[64];

	check_refused("{\"id\":1}\n{\"id\":1}\n",
		"document 2 at byte 9: Duplicate primary key `id`, which document 1 has, too");
	check_refused("[{\"id\":2},{\"id\":\"A\"},{\"id\":[1,2]},{\"id\":\"\\u0041\"}]",
		"document 4 at byte 34: Duplicate primary key `id`, which document 2 has, too");
	check_refused("[{\"id\":2},{\"id\":1},{\"id\":1.0}]",
		"document 3 at byte 19: Duplicate primary key `id`, which document 2 has, too");
	check_refused("[{\"id\":2},{\"id\":7,\"x\":1},{\"id\":7}]", "document 3 at byte 25: Dupl");

	/* The first one was sent in an earlier batch. */
	begin();
	sink = open_sink((struct rdb_restore_table_options){.connections = 1});
	for (int i = 0; i <= 20000; i++) {
		snprintf(row, sizeof(row), "{\"id\":%d}\n", i % 20000);
		CHECK_INT(write_text(sink, row), 0);
	}
	CHECK_INT(restoring_end_wait(sink, &err), -EINVAL);
	restoring_close(sink);
	CHECK_STR(err.text, "shop.t: document 20001 at byte 248890: Duplicate primary key `id`, "
			    "which an earlier "
			    "document has, too");
}

/* A batch whose answer was lost is not a duplicate of itself. */
static void test_same_key_again(void)
{
	begin();
	server_control(NULL, 0, "fault 'at=reply do=drop term=insert'");
	CHECK_INT(
		restore_text((struct rdb_restore_table_options){0}, NULL, "{\"id\":1}\n{\"id\":2}"),
		0);
	CHECK_STR(ask("count shop.t"), "2");
	server_control(NULL, 0, "fault 'at=reply do=drop term=insert'");
	CHECK_INT(restore_text((struct rdb_restore_table_options){.table = "u"}, NULL,
			  "{\"id\":1}\n{\"id\":2}\n{\"id\":2,\"x\":1}"),
		-EINVAL);
	CHECK(strstr(err.text, "document 3 at byte 18: Duplicate primary key"));
}

static void test_names(void)
{
	struct rdb_restore_table_options options = {.db = "sh op", .table = "t"};
	struct rdb_restore_table *table;
	struct restoring *sink;

	begin();
	CHECK_INT(rdb_restore_table_create(cluster, job, &options, &table, &err), -EINVAL);
	options = (struct rdb_restore_table_options){.db = "shop", .table = "a.b"};
	CHECK_INT(rdb_restore_table_create(cluster, job, &options, &table, &err), -EINVAL);
	options.db = "rethinkdb";
	options.table = "users";
	CHECK_INT(rdb_restore_table_create(cluster, job, &options, &table, &err), -EPERM);
	CHECK_STR(ask("queries term=insert"), "");
	sink = open_sink((struct rdb_restore_table_options){0});
	CHECK_INT(restoring_info(sink, "[]", 2, &err), -EINVAL);
	CHECK_INT(restoring_info(sink, "{\"indexes\":7}", 13, &err), -EINVAL);
	restoring_close(sink);
}

/* ---- permissions ---- */

static void test_in_place(void)
{
	struct rdb_cluster *bob = connect_as("bob", "secret");
	struct restoring *sink;

	begin();
	sink = open_with(bob, (struct rdb_restore_table_options){0});
	CHECK_INT(write_many(sink, 300, 10), 0);
	CHECK_INT(restoring_end_wait(sink, &err), 0);
	CHECK_STR(err.text, "");
	CHECK(facts_of(sink).in_place);
	CHECK_INT(facts_of(sink).warnings, 1);
	restoring_close(sink);
	CHECK_STR(ask("tables"), "\"shop.t\"");
	CHECK_STR(ask("count shop.t"), "300");
	/* The table is dropped on failure. */
	sink = open_with(bob, (struct rdb_restore_table_options){.table = "u"});
	CHECK_INT(write_text(sink, "[{\"id\":1},{\"id\":2}"), 0);
	CHECK_INT(restoring_end_wait(sink, &err), -EINVAL);
	restoring_close(sink);
	CHECK_STR(ask("tables"), "\"shop.t\"");
	rdb_cluster_free(bob);
}

/* The answer to the creation is lost: the existing table is adopted. */
static void test_in_place_lost_reply(void)
{
	const char *lost = "fault 'at=reply do=drop term=table_create table=shop.t'";
	struct rdb_cluster *bob = connect_as("bob", "secret");
	struct restoring *sink;

	begin();
	server_control(NULL, 0, "%s", lost);
	sink = open_with(bob, (struct rdb_restore_table_options){0});
	CHECK_INT(write_many(sink, 300, 10), 0);
	CHECK_INT(restoring_end_wait(sink, &err), 0);
	CHECK_STR(err.text, "");
	restoring_close(sink);
	CHECK_STR(ask("tables"), "\"shop.t\"");
	CHECK_STR(ask("count shop.t"), "300");
	CHECK_INT(records_left(), 0);
	/* An adopted table is dropped if the restore fails. */
	begin();
	server_control(NULL, 0, "%s", lost);
	sink = open_with(bob, (struct rdb_restore_table_options){0});
	CHECK_INT(write_text(sink, "[{\"id\":1},7]"), 0);
	CHECK_INT(restoring_end_wait(sink, &err), -EINVAL);
	restoring_close(sink);
	CHECK_STR(ask("tables"), "");
	rdb_cluster_free(bob);
}

/* A table that belongs to another client, or may do so. */
static void test_in_place_keeps_a_table_of_another_client(void)
{
	static const char *const commands[] = {"fill shop.t 1", "create-table shop.t other"};
	struct rdb_cluster *bob = connect_as("bob", "secret");
	struct restoring *sink;

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		begin();
		server_control(NULL, 0, "create-db shop");
		server_control(NULL, 0, "fault 'at=%s do=drop term=table_create table=shop.t'",
			i ? "query" : "reply");
		server_control(NULL, 0,
			"fault \"at=query do=run term=table_create table=shop.t nth=2 "
			"command='%s'\"",
			commands[i]);
		sink = open_with(bob, (struct rdb_restore_table_options){0});
		CHECK_INT(write_text(sink, "[{\"id\":1}]"), 0);
		CHECK_INT(restoring_end_wait(sink, &err), -EEXIST);
		CHECK(strstr(err.text, "if no other client did, drop it"));
		restoring_close(sink);
		CHECK_STR(ask("tables"), "\"shop.t\"");
		CHECK_STR(ask("count shop.t"), i ? "0" : "1");
	}

	begin();
	server_control(NULL, 0, "fault 'at=reply do=drop term=table_create table=shop.t'");
	sink = open_with(bob, (struct rdb_restore_table_options){0});
	CHECK_INT(write_text(sink, "[{\"id\":1}"), 0);
	CHECK_INT(restoring_wait(sink, &err), 0);
	server_control(NULL, 0, "await term=wait table=shop.t");
	CHECK_INT(server_control(NULL, 0, "insert shop.t '{\"id\":77}'"), 0);
	CHECK_INT(write_text(sink, ",7]"), 0);
	CHECK_INT(restoring_end_wait(sink, &err), -EINVAL);
	CHECK_INT(facts_of(sink).warnings, 2);
	restoring_close(sink);
	CHECK_INT(atoi(ask("count shop.t")) > 0, 1);
	rdb_cluster_free(bob);
}

static void test_no_permission(void)
{
	struct rdb_cluster *writer = connect_as("writer", "secret");
	struct restoring *sink;

	begin();
	server_control(NULL, 0, "create-db shop");
	sink = open_with(writer, (struct rdb_restore_table_options){0});
	CHECK_INT(write_text(sink, "[{\"id\":1}]"), 0);
	CHECK_INT(restoring_end_wait(sink, &err), -EACCES);
	CHECK(strstr(err.text, "config"));
	restoring_close(sink);
	CHECK_STR(ask("tables"), "");
	rdb_cluster_free(writer);
}

/* Created under its own name, but the wait for it fails. */
static void test_in_place_unready(void)
{
	struct rdb_cluster *bob = connect_as("bob", "secret");
	struct restoring *sink;

	begin();
	server_control(NULL, 0, "create-db shop");
	server_control(NULL, 0, "fault 'at=query do=drop term=info nth=4 times=always'");
	server_control(NULL, 0, "fault 'at=query do=drop term=wait times=always'");
	sink = open_with(bob, (struct rdb_restore_table_options){.policy.patience = 1});
	CHECK_INT(write_text(sink, "[{\"id\":1}]"), 0);
	CHECK_INT(restoring_end_wait(sink, &err), -ECONNRESET);
	restoring_close(sink);
	server_control(NULL, 0, "clear");
	CHECK_STR(ask("tables"), "");
	CHECK_INT(records_left(), 0);
	rdb_cluster_free(bob);
}

/* ---- indexes that are there ---- */

#define BY_CUSTOMER                                                                                \
	"JHJlcWxfaW5kZXhfZnVuY3Rpb24kCQcHBwAAAAAAAAHt/////////y0AAABbMzEsW1sxMCxbWzEs\\r\\n"       \
	"LTE5LDBdXSwwXSxbMSwiY3VzdG9tZXIiLDBdXSwwXQAAAAAAAAA="

static char by_tags[1024]; /* as in the fixture */

static void read_by_tags(void)
{
	const char *data = getenv("RDBFS_TEST_DATA");
	char command[4096], *end;
	FILE *pipe;

	snprintf(command, sizeof(command),
		"tar xzOf %s/all-types.tar.gz --wildcards '*/orders.info' | "
		"jq -r '.indexes[] | select(.index == \"tags\").function.data | @json | .[1:-1]'",
		data ? data : "tests/data");
	pipe = popen(command, "r");
	REQUIRE(pipe && fgets(by_tags, sizeof(by_tags), pipe));
	REQUIRE(pclose(pipe) == 0);
	end = strchr(by_tags, '\n');
	REQUIRE(end);
	*end = '\0';
}

/* A sink with an index "c" of this function, into the existing table. */
static struct restoring *open_indexed(const char *function)
{
	struct restoring *sink;
	char info[2048];

	snprintf(info, sizeof(info),
		"{\"primary_key\":\"id\",\"indexes\":[{\"index\":\"c\",\"function\":"
		"{\"$reql_type$\":\"BINARY\",\"data\":\"%s\"}}]}",
		function);
	sink = open_sink((struct rdb_restore_table_options){.policy.existing = RDB_EXISTING_MERGE});
	CHECK_INT(restoring_info(sink, info, strlen(info), &err), 0);
	CHECK_INT(write_text(sink, "[{\"id\":1}]"), 0);
	return sink;
}

static size_t restore_indexed(const char *function)
{
	struct restoring *sink = open_indexed(function);
	size_t warnings;

	CHECK_INT(restoring_end_wait(sink, &err), 0);
	warnings = facts_of(sink).warnings;
	restoring_close(sink);
	return warnings;
}

static void expect_state(const char *wanted)
{
	const char *state = ask("dump-state shop.t");

	if (strcmp(state, wanted) != 0)
		fprintf(stderr, "%s\nis not\n%s\n", state, wanted);
	CHECK(strcmp(state, wanted) == 0);
}

static void test_index_replaced(void)
{
	static const char *const faults[] = {
		"at=reply do=drop term=index_create",
		"at=reply do=drop term=index_rename",
		"at=reply do=drop term=index_drop",
	};
	char *by_customer, *tagged;

	begin();
	CHECK_INT(restore_indexed(BY_CUSTOMER), 0);
	by_customer = strdup(ask("dump-state shop.t"));
	CHECK(strstr(by_customer, "\"c\":"));
	/* Rejected: the existing index stays. */
	CHECK_INT(restore_indexed("AAAA"), 1);
	expect_state(by_customer);
	server_control(NULL, 0, "fault 'at=query do=error term=index_rename code=QUERY_LOGIC'");
	CHECK_INT(restore_indexed(by_tags), 1);
	expect_state(by_customer);
	server_control(NULL, 0, "clear");
	CHECK_INT(restore_indexed(by_tags), 0);
	tagged = strdup(ask("dump-state shop.t"));
	CHECK(strcmp(tagged, by_customer) != 0 && !strstr(tagged, "rdbfs_restore_"));
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		CHECK_INT(restore_indexed(BY_CUSTOMER), 0);
		expect_state(by_customer);
		server_control(NULL, 0, "fault '%s'", faults[i]);
		CHECK_INT(restore_indexed(by_tags), 0);
		expect_state(tagged);
		server_control(NULL, 0, "clear");
	}
	free(by_customer);
	free(tagged);
}

/* Cancelled while the new index is built. */
static void test_index_not_replaced(void)
{
	struct restoring *sink;
	char *before;

	begin();
	CHECK_INT(restore_indexed(BY_CUSTOMER), 0);
	before = strdup(ask("dump-state shop.t"));
	server_control(NULL, 0, "set index_build 600");
	server_control(NULL, 0, "forget-queries");
	sink = open_indexed(by_tags);
	restoring_end(sink, NULL, NULL);
	CHECK_INT(server_control(NULL, 0, "await term=index_status count=2"), 0);
	rdb_job_cancel(job);
	restoring_abort(sink);
	restoring_close(sink);
	expect_state(before);
	server_control(NULL, 0, "set index_build 0");
	free(before);
}

/* ---- properties of a replaced table, without an .info ---- */

#define HOOK                                                                                       \
	"{\"function\":{\"$reql_type$\":\"BINARY\",\"data\":"                                      \
	"\"JHJlcWxfd3JpdGVfaG9va19mdW5jdGlvbiQAAAAAAAADAwAAAAAAAAAEAAAAAAAAAAUAAAAAAAAA\\r\\n"     \
	"pwAAAFs2NSxbWzE3LFtbMTAsW1sxLDUsMTNdXSwxMl0sWzEsbnVsbCwxNF1dLDExXSxbMTAsW1sx\\r\\n"       \
	"LDUsMTZdXSwxNV0sWzM1LFtbMTAsW1sxLDUsMTldXSwxOF0sWzMseyJ0b3VjaGVkIjpbMTcwLFtb\\r\\n"       \
	"MTAsW1sxLDMsMjNdXSwyMl0sWzEsInRpbWVzdGFtcCIsMjRdXSwyMV19LDIwXV0sMTddXSwxMF0A\\r\\n"       \
	"CgAAAA==\"}}"

static const struct rdb_restore_table_options replacing = {.policy.existing = RDB_EXISTING_REPLACE};

/* Creates shop.t with the primary key "n", the index "c" and a write hook. */
static void make_furnished(void)
{
	const char *info = "{\"primary_key\":\"n\",\"indexes\":[{\"index\":\"c\",\"function\":"
			   "{\"$reql_type$\":\"BINARY\",\"data\":\"" BY_CUSTOMER
			   "\"}}],\"write_hook\":" HOOK "}";

	begin();
	CHECK_INT(
		restore_text((struct rdb_restore_table_options){0}, info, "[{\"n\":1},{\"n\":2}]"),
		0);
}

static void expect_furnished(const char *key, bool index, bool hook)
{
	const char *state = ask("dump-state shop.t");
	char words[64];

	snprintf(words, sizeof(words), "\"primary_key\":\"%s\"", key);
	CHECK(strstr(state, words));
	CHECK_INT(strstr(state, "\"c\":") != NULL, index);
	CHECK_INT(strstr(state, "\"write_hook\":{") != NULL, hook);
}

static int make_index(const char *name)
{
	struct rdb_client client = {.cluster = cluster};
	int rc = RDB_CLIENT_RUN(&client, NULL, &err, rdb_query_index_create, "shop", "t", name,
		"{\"$reql_type$\":\"BINARY\",\"data\":\"" BY_CUSTOMER "\"}");

	rdb_client_close(&client);
	return rc;
}

static void test_replaced_without_info(void)
{
	make_furnished();
	expect_furnished("n", true, true);
	CHECK_INT(restore_text(replacing, NULL, "[{\"n\":1,\"id\":7}]"), 0);
	expect_furnished("n", true, true);
	CHECK_STR(ask("count shop.t"), "1");
	CHECK(strstr(ask("dump-state shop.t"), "{\"id\":7,\"n\":1}"));
	/* Without documents, too. */
	CHECK_INT(restore_text(replacing, NULL, "[]"), 0);
	expect_furnished("n", true, true);
	CHECK_STR(ask("count shop.t"), "0");
	CHECK_INT(restore_text((struct rdb_restore_table_options){.policy.existing =
									  RDB_EXISTING_REPLACE,
				       .policy.no_indexes = true},
			  NULL, "[{\"n\":1}]"),
		0);
	expect_furnished("n", false, false);
}

/* A merge keeps indexes and hook that the backup lacks, and the hook does not change restored
 * documents. */
static void test_merge_keeps_the_hook(void)
{
	static const char *const infos[] = {
		"{\"primary_key\":\"n\",\"write_hook\":null}", "{\"primary_key\":\"n\"}", NULL};
	const struct rdb_restore_table_options merging = {.policy.existing = RDB_EXISTING_MERGE};
	struct restoring *sink;
	char document[32];

	make_furnished();
	for (size_t i = 0; i < sizeof(infos) / sizeof(infos[0]); i++) {
		snprintf(document, sizeof(document), "{\"n\":%zu}", i);
		CHECK_INT(restore_text(merging, infos[i], document), 0);
		expect_furnished("n", true, true);
		CHECK(strstr(ask("dump-state shop.t"), document));
	}
	/* The .info follows the documents. */
	sink = restored(RDB_EXISTING_MERGE, "{\"n\":9}");
	CHECK_INT(inform_later(sink, infos[0]), 0);
	CHECK(!facts_of(sink).hooked);
	expect_furnished("n", true, true);
	restoring_close(sink);
	/* An .info with a hook sets it. */
	sink = restored(RDB_EXISTING_MERGE, "{\"n\":9}");
	CHECK_INT(inform_later(sink, "{\"primary_key\":\"n\",\"write_hook\":" HOOK "}"), 0);
	CHECK(facts_of(sink).hooked);
	CHECK_INT(facts_of(sink).missing.code, 0);
	restoring_close(sink);
}

/* Documents that lack the replaced table's key wait for the .info that specifies theirs. */
static void test_replaced_with_other_key(void)
{
	struct restoring *sink;

	make_furnished();
	sink = open_sink(replacing);
	CHECK_INT(write_text(sink, "[{\"id\":1}]"), 0);
	CHECK_INT(restoring_end_wait(sink, &err), 0);
	CHECK_INT(facts_of(sink).state, RDB_RESTORE_HELD);
	expect_furnished("n", true, true);
	CHECK_INT(restoring_info(sink, ORDERS_INFO, strlen(ORDERS_INFO), &err), 0);
	CHECK_INT(restoring_end_wait(sink, &err), 0);
	restoring_close(sink);
	expect_furnished("id", false, false);
}

/* A late .info applies to the whole table, but not to changes that others have made since. */
static void test_replaced_and_info_after(void)
{
	const char *info = "{\"primary_key\":\"n\",\"indexes\":[],\"write_hook\":null}";
	struct restoring *sink;

	make_furnished();
	sink = open_sink(replacing);
	CHECK_INT(write_text(sink, "[{\"n\":1,\"id\":7}]"), 0);
	CHECK_INT(restoring_end_wait(sink, &err), 0);
	expect_furnished("n", true, true);
	CHECK_INT(make_index("others"), 0);
	CHECK_INT(restoring_info(sink, info, strlen(info), &err), 0);
	CHECK_INT(restoring_end_wait(sink, &err), 0);
	CHECK_STR(err.text, "");
	CHECK_INT(facts_of(sink).warnings, 0);
	expect_furnished("n", false, false);
	CHECK(strstr(ask("dump-state shop.t"), "\"others\":"));
	restoring_close(sink);

	make_furnished();
	sink = open_sink(replacing);
	CHECK_INT(write_text(sink, "[{\"n\":1,\"id\":7}]"), 0);
	CHECK_INT(restoring_end_wait(sink, &err), 0);
	CHECK_INT(restoring_info(sink, ORDERS_INFO, strlen(ORDERS_INFO), &err), 0);
	CHECK_INT(restoring_end_wait(sink, &err), 0);
	restoring_close(sink);
	expect_furnished("id", false, false);
	CHECK_STR(ask("tables"), "\"shop.t\"");
}

static void test_replaced_and_info_between(void)
{
	struct restoring *sink;

	make_furnished();
	sink = open_sink(replacing);
	CHECK_INT(write_text(sink, "[{\"n\":1,\"id\":7},"), 0);
	CHECK_INT(server_control(NULL, 0, "await term=index_create count=2"), 0);
	CHECK_INT(restoring_info(sink, ORDERS_INFO, strlen(ORDERS_INFO), &err), 0);
	CHECK_INT(write_text(sink, "{\"n\":2,\"id\":8}]"), 0);
	CHECK_INT(restoring_end_wait(sink, &err), 0);
	restoring_close(sink);
	expect_furnished("id", false, false);
	CHECK_STR(ask("count shop.t"), "2");
}

/* An index or hook of the backup that lacks its function is copied from the replaced table. */
static void test_replaced_and_info_lacks_functions(void)
{
	static const struct {
		const char *info, *missing;
		size_t warnings;
		bool index, hook;
	} cases[] = {
		{"\"indexes\":[\"c\"],\"write_hook\":null", "", 1, true, false},
		{"\"indexes\":[{\"index\":\"c\",\"function\":null}],\"write_hook\":null", "", 1,
			true, false},
		{"\"indexes\":[{\"index\":\"c\",\"function\":[1]}],\"write_hook\":{}", "", 2, true,
			true},
		{"\"indexes\":[\"gone\"],\"write_hook\":{\"function\":1}",
			"shop.t: index gone was not restored: the backup does not contain its "
			"function",
			2, false, true},
	};
	const char *nul = "{\"primary_key\":\"n\",\"indexes\":[\"c\\u0000d\"]}";
	struct restoring *sink;
	char info[256];

	for (size_t i = 0; i < 2 * sizeof(cases) / sizeof(cases[0]); i++) {
		const bool after = i % 2;
		snprintf(info, sizeof(info), "{\"primary_key\":\"n\",%s}", cases[i / 2].info);
		make_furnished();
		sink = open_sink(replacing);
		if (!after)
			CHECK_INT(restoring_info(sink, info, strlen(info), &err), 0);
		CHECK_INT(write_text(sink, "[{\"n\":1}]"), 0);
		CHECK_INT(restoring_end_wait(sink, &err), 0);
		if (after) {
			CHECK_INT(restoring_info(sink, info, strlen(info), &err), 0);
			CHECK_INT(restoring_end_wait(sink, &err), 0);
		}
		CHECK_STR(facts_of(sink).missing.text, cases[i / 2].missing);
		CHECK_INT(facts_of(sink).warnings, cases[i / 2].warnings);
		CHECK(!facts_of(sink).hooked);
		expect_furnished("n", cases[i / 2].index, cases[i / 2].hook);
		restoring_close(sink);
	}
	make_furnished();
	CHECK_INT(restore_text(replacing, nul, "[{\"n\":1}]"), 0);
	expect_furnished("n", false, false);
}

/* Unreadable properties are reported, and the rest is copied. */
static void test_replaced_and_unreadable(void)
{
	static const char *const faults[] = {
		"at=query do=error term=index_status code=PERMISSION_ERROR message=no",
		"at=query do=error term=get_write_hook code=PERMISSION_ERROR message=no",
	};
	static const char *const words[] = {"shop.t: the indexes of the table that is replaced",
		"shop.t: the write hook of the table that is replaced"};
	char text[RDB_ERR_TEXT] = "";

	for (size_t i = 0; i < 2; i++) {
		make_furnished();
		server_control(NULL, 0, "fault '%s'", faults[i]);
		CHECK_INT(restore_text(replacing, NULL, "[{\"n\":1}]"), 0);
		expect_furnished("n", i == 1, i == 0);
		CHECK_INT(rdb_job_warning(job, 0, text), 0);
		CHECK(strstr(text, words[i]));
	}
	server_control(NULL, 0, "clear");
}

/* ---- faults ---- */

static void restore_with_fault(const char *fault)
{
	struct news news = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 0, -1};
	struct restoring *sink;

	begin();
	CHECK_INT(server_control(NULL, 0, "fault '%s'", fault), 0);
	sink = open_sink((struct rdb_restore_table_options){.connections = 3});
	CHECK_INT(write_many(sink, 3000, 40), 0);
	restoring_end(sink, on_ended, &news);
	await(&news, &news.ended, 1);
	CHECK_INT(news.code, 0);
	if (news.code)
		fprintf(stderr, "%s: %s\n", fault, strerror(news.code));
	restoring_close(sink);
	CHECK_STR(ask("count shop.t"), "3000");
	CHECK_STR(ask("tables"), "\"shop.t\"");
	CHECK_INT(records_left(), 0);
}

static void test_faults(void)
{
	static const char *const faults[] = {
		"at=query do=drop term=insert nth=1",
		"at=query do=drop term=insert nth=7 times=5",
		"at=reply do=drop term=insert nth=3 times=3",
		"at=reply do=cut bytes=20 term=insert nth=4",
		"at=write do=unavailable nth=4 times=6",
		"at=reply do=drop term=sync",
		"at=reply do=drop term=table_create",
		"at=reply do=drop term=config",
		"at=reply do=drop term=count",
		"at=write do=kill nth=9",
		"at=reply do=kill term=insert nth=6",
		"at=query do=kill term=sync",
	};

	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		restore_with_fault(faults[i]);
}

/* ---- a killed server, which loses unsynced writes ---- */

static const char *const deadly[] = {
	"at=write do=kill lose=unsynced nth=12",
	"at=reply do=kill lose=unsynced term=insert nth=9",
	"at=query do=kill lose=unsynced term=sync",
	"at=reply do=kill lose=unsynced term=sync",
	/* Nothing was in flight on any connection: each must detect the failure itself. */
	"at=query do=kill lose=unsynced term=sync nth=3",
};

static void write_changed(struct restoring *sink, int count)
{
	char row[64];

	for (int i = 0; i < count; i++) {
		snprintf(row, sizeof(row), "{\"id\": %d, \"new\": true}\n", i);
		CHECK_INT(write_text(sink, row), 0);
	}
}

static int count_new(void)
{
	const char *state = ask("dump-state shop.t");
	int count = 0;

	while ((state = strstr(state, "\"new\":true"))) {
		state++;
		count++;
	}
	return count;
}

static void restore_while_killed(
	struct rdb_cluster *with, struct rdb_restore_table_options options, const char *fault)
{
	struct restoring *sink;

	if (options.policy.existing != RDB_EXISTING_REFUSE) {
		server_control(NULL, 0, "create-db shop");
		server_control(NULL, 0, "create-table shop.t");
		server_control(NULL, 0, "fill shop.t 2000");
	}
	CHECK_INT(server_control(NULL, 0, "fault '%s'", fault), 0);
	options.connections = 3;
	sink = open_with(with, options);
	write_changed(sink, 2000);
	CHECK_INT(restoring_end_wait(sink, &err), 0);
	CHECK_INT(facts_of(sink).documents, 2000);
	restoring_close(sink);
	CHECK_STR(ask("count shop.t"), "2000");
	CHECK_INT(count_new(), 2000);
	CHECK_STR(ask("unsynced shop.t"), "0");
	if (check_failed)
		fprintf(stderr, "with the fault %s\n", fault);
}

static void test_killed_while_merging(void)
{
	for (size_t i = 0; i < sizeof(deadly) / sizeof(deadly[0]); i++) {
		begin();
		restore_while_killed(cluster,
			(struct rdb_restore_table_options){.policy.existing = RDB_EXISTING_MERGE},
			deadly[i]);
	}
}

static void test_killed_while_filling(void)
{
	struct rdb_cluster *bob = connect_as("bob", "secret");

	for (size_t i = 0; i < 2; i++) {
		begin();
		restore_while_killed(cluster, (struct rdb_restore_table_options){0}, deadly[i]);
		begin();
		restore_while_killed(bob, (struct rdb_restore_table_options){0}, deadly[i]);
	}
	rdb_cluster_free(bob);
}

/* Moved to another primary key inside the cluster. */
static void test_killed_while_copying(void)
{
	static const char *const faults[] = {
		"at=reply do=kill lose=unsynced term=insert nth=2",
		"at=query do=kill lose=unsynced term=sync nth=2",
	};
	const char *info = "{\"primary_key\":\"n\"}";
	struct restoring *sink;

	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		begin();
		CHECK_INT(server_control(NULL, 0, "fault '%s'", faults[i]), 0);
		sink = open_sink((struct rdb_restore_table_options){.connections = 1});
		CHECK_INT(write_text(sink, "[{\"id\":1,\"n\":7},{\"id\":2,\"n\":8}]"), 0);
		CHECK_INT(restoring_end_wait(sink, &err), 0);
		CHECK_INT(restoring_info(sink, info, strlen(info), &err), 0);
		CHECK_INT(restoring_end_wait(sink, &err), 0);
		restoring_close(sink);
		CHECK(strstr(ask("dump-state shop.t"), "\"primary_key\":\"n\""));
		CHECK_STR(ask("count shop.t"), "2");
	}
}

/* Data kept for repetition is limited: it is synced to disk at intervals of some MiB. */
static void test_syncs_on_the_way(void)
{
	struct restoring *sink;
	const char *syncs;
	int count = 0;

	begin();
	sink = open_sink((struct rdb_restore_table_options){.connections = 1});
	CHECK_INT(write_many(sink, 10000, 4000), 0);
	CHECK_INT(restoring_end_wait(sink, &err), 0);
	restoring_close(sink);
	syncs = ask("queries term=sync");
	while ((syncs = strstr(syncs, "\"root\": \"sync\""))) {
		syncs++;
		count++;
	}
	CHECK(count >= 3 && count <= 12);
	CHECK_STR(ask("count shop.t"), "10000");
}

/* The database is created, but the answer is lost, and it stays empty. */
static void test_lost_database(void)
{
	begin();
	server_control(NULL, 0, "fault 'at=reply do=drop term=db_create'");
	server_control(NULL, 0,
		"fault 'at=query do=error term=table_create nth=2 times=always "
		"code=QUERY_LOGIC message=no'");
	CHECK(restore_text((struct rdb_restore_table_options){0}, NULL, "[{\"id\":1}]") < 0);
	CHECK_STR(err.text, "shop.t: creating the table: no");
	server_control(NULL, 0, "clear");
	CHECK_INT(server_control(NULL, 0, "create-db shop"), 0);
}

/* A permanent rejection and one that outlasts the patience: neither may look like "no room now",
 * and no database stays. */
static void test_refused_table(void)
{
	static const char *const faults[] = {
		"at=query do=error term=table_create times=always code=OP_FAILED message=no",
		"at=query do=unavailable term=table_create times=always",
	};
	static const int codes[] = {-EREMOTEIO, -EREMOTEIO};
	struct restoring *sink;

	for (size_t i = 0; i < 2; i++) {
		begin();
		server_control(NULL, 0, "fault '%s'", faults[i]);
		sink = open_sink((struct rdb_restore_table_options){.policy.patience = 1});
		CHECK_INT(write_text(sink, "[{\"id\":1}]"), 0);
		CHECK_INT(restoring_end_wait(sink, &err), codes[i]);
		CHECK_INT(restoring_write(sink, "{", 1, &err), codes[i]);
		restoring_close(sink);
		server_control(NULL, 0, "clear");
		CHECK_INT(server_control(NULL, 0, "create-db shop"), 0);
	}
}

static void test_appears_meanwhile(void)
{
	struct restoring *sink;
	char *name;

	begin();
	sink = open_sink((struct rdb_restore_table_options){0});
	CHECK_INT(write_text(sink, "[{\"id\":1},"), 0);
	CHECK_INT(restoring_wait(sink, &err), 0);
	server_control(NULL, 0, "create-db shop");
	server_control(NULL, 0, "create-table shop.t");
	CHECK_INT(write_text(sink, "{\"id\":2}]"), 0);
	CHECK_INT(restoring_end_wait(sink, &err), -EEXIST);
	name = strstr(err.text, "shop.rdbfs_restore_");
	CHECK(name);
	restoring_close(sink);
	CHECK_STR(ask("count shop.t"), "0");
	if (name) {
		char command[128];
		name[strcspn(name, ":")] = '\0';
		snprintf(command, sizeof(command), "count %s", name);
		CHECK_STR(ask(command), "2");
	}
	CHECK_INT(records_left(), 0);
}

static void test_abort(void)
{
	struct restoring *sink;

	begin();
	sink = open_sink((struct rdb_restore_table_options){0});
	CHECK_INT(write_many(sink, 1000, 100), 0);
	restoring_abort(sink);
	CHECK_INT(restoring_end_wait(sink, &err), -ECANCELED);
	restoring_close(sink);
	CHECK_STR(ask("tables"), "");
	/* The program that wrote the text was killed. */
	sink = open_sink((struct rdb_restore_table_options){0});
	CHECK_INT(write_text(sink, "[{\"id\":1},{\"id\":2}"), 0);
	restoring_close(sink);
	CHECK_STR(ask("tables"), "");
	CHECK_INT(records_left(), 0);
}

static void test_cancel_while_waiting(void)
{
	struct restoring *sink;

	begin();
	server_control(NULL, 0, "fault 'at=query do=stall seconds=600 term=insert times=always'");
	sink = open_sink((struct rdb_restore_table_options){0});
	CHECK_INT(write_text(sink, "[{\"id\":1}]"), 0);
	restoring_end(sink, NULL, NULL);
	server_control(NULL, 0, "await term=insert");
	rdb_job_cancel(job);
	restoring_abort(sink);
	restoring_close(sink);
	CHECK_STR(ask("tables"), "");
}

/* Cancelled while the creation of the staging table is uncertain. */
static void test_cancel_while_making(void)
{
	static const char *const faults[] = {
		"at=reply do=stall seconds=600 term=table_create",
		"at=rename do=stall seconds=600",
		"at=reply do=stall seconds=600 term=config",
	};
	struct restoring *sink;
	char command[128];
	int fault;

	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		begin();
		server_control(NULL, 0, "create-db shop");
		snprintf(command, sizeof(command), "fault '%s'", faults[i]);
		fault = atoi(ask(command));
		sink = open_sink((struct rdb_restore_table_options){0});
		CHECK_INT(write_text(sink, "[{\"id\":1},"), 0);
		CHECK_INT(server_control(NULL, 0, "await-fault %d", fault), 0);
		rdb_job_cancel(job);
		restoring_abort(sink);
		restoring_close(sink);
		server_control(NULL, 0, "clear");
		CHECK_STR(ask("tables"), "");
		CHECK_INT(records_left(), 0);
	}
}

/* ---- a table that is replaced ---- */

static struct restoring *begin_replacing(const char *fault, int *number)
{
	struct restoring *sink;
	char command[128];

	begin();
	CHECK_INT(restore_text((struct rdb_restore_table_options){0}, NULL, "[{\"id\":1}]"), 0);
	snprintf(command, sizeof(command), "fault '%s'", fault);
	*number = atoi(ask(command));
	sink = open_sink(
		(struct rdb_restore_table_options){.policy.existing = RDB_EXISTING_REPLACE});
	CHECK_INT(write_text(sink, "[{\"id\":2},{\"id\":3}]"), 0);
	return sink;
}

/* Between the two renames of a swap: the swap is finished, even after a cancel. */
static void test_swap_is_finished(void)
{
	static const char *const faults[] = {
		"at=rename do=drop nth=3",
		"at=rename do=stall seconds=600 nth=3",
	};
	struct restoring *sink;
	int fault;

	sink = begin_replacing("at=rename do=kill nth=3", &fault);
	CHECK_INT(restoring_end_wait(sink, &err), 0);
	restoring_close(sink);
	CHECK_STR(ask("tables"), "\"shop.t\"");
	CHECK_STR(ask("count shop.t"), "2");

	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		sink = begin_replacing(faults[i], &fault);
		restoring_end(sink, NULL, NULL);
		CHECK_INT(server_control(NULL, 0, "await-fault %d", fault), 0);
		rdb_job_cancel(job);
		restoring_abort(sink);
		server_control(NULL, 0, "clear");
		restoring_close(sink);
		CHECK_STR(ask("tables"), "\"shop.t\"");
		CHECK_STR(ask("count shop.t"), "2");
		CHECK_INT(records_left(), 0);
	}
}

/* The restored table has disappeared: the previous one gets its name back. */
static void test_swap_is_undone(void)
{
	struct restoring *sink;
	int fault;

	sink = begin_replacing("at=rename do=error nth=3 times=2", &fault);
	CHECK(restoring_end_wait(sink, &err) < 0);
	restoring_close(sink);
	CHECK_STR(ask("tables"), "\"shop.t\"");
	CHECK_STR(ask("count shop.t"), "1");
	CHECK_INT(records_left(), 0);
}

/* Neither is possible: both tables stay, and the message names them. */
static void test_a_failed_swap_keeps_and_names_both_tables(void)
{
	struct restoring *sink;
	char command[128], *name;
	int fault;

	sink = begin_replacing("at=rename do=error nth=3 times=always", &fault);
	CHECK(restoring_end_wait(sink, &err) < 0);
	CHECK_INT(facts_of(sink).warnings, 1);
	restoring_close(sink);
	for (int i = 1; i <= 2; i++) {
		name = strstr(err.text, "shop.rdbfs_restore_");
		REQUIRE(name);
		snprintf(command, sizeof(command), "count %.*s", (int)strcspn(name, " ,:;"), name);
		CHECK_INT(atoi(ask(command)), i);
		memset(name, '#', 5);
	}
	CHECK_INT(records_left(), 0);
}

static void await_leftovers(size_t count)
{
	for (int i = 0; i < 12000 && rdb_leftovers_count(leftovers) != count; i++)
		usleep(10000);
	CHECK_INT(rdb_leftovers_count(leftovers), count);
}

/* Result of time(), in seconds; 0: the real time. */
static _Atomic time_t stopped_clock;

time_t time(time_t *out)
{
	struct timespec now = {.tv_sec = atomic_load(&stopped_clock)};

	if (!now.tv_sec)
		clock_gettime(CLOCK_REALTIME, &now);
	if (out)
		*out = now.tv_sec;
	return now.tv_sec;
}

/* The server executes a creation after the client gave up, long after the request. */
static void test_made_too_late(void)
{
	struct restoring *sink;
	int fault;

	begin();
	server_control(NULL, 0, "create-db shop");
	atomic_store(&stopped_clock, time(NULL));
	fault = atoi(ask("fault 'at=query do=stall seconds=600 term=table_create'"));
	sink = open_sink((struct rdb_restore_table_options){0});
	CHECK_INT(write_text(sink, "[{\"id\":1},"), 0);
	CHECK_INT(server_control(NULL, 0, "await-fault %d", fault), 0);
	atomic_fetch_add(&stopped_clock, 3600);
	rdb_job_cancel(job);
	restoring_abort(sink);
	restoring_close(sink);
	CHECK_INT(records_left(), 1);
	CHECK_INT(rdb_leftovers_count(leftovers), 1);
	CHECK_INT(server_control(NULL, 0, "await term=table_drop count=24"), 0);
	server_control(NULL, 0, "clear");
	await_leftovers(0);
	CHECK_STR(ask("tables"), "");
	CHECK_INT(records_left(), 0);
	atomic_store(&stopped_clock, 0);
}

/* The creation is never executed. */
static void test_record_of_a_table_never_made_expires(void)
{
	struct rdb_leftover *one;

	begin();
	server_control(NULL, 0, "create-db shop");
	atomic_store(&stopped_clock, time(NULL));
	REQUIRE(rdb_leftover_add(leftovers, "shop", "rdbfs_restore_12345678_t", NULL, NULL, &one,
			NULL) == 0);
	rdb_leftover_abandon(one);
	CHECK_INT(server_control(NULL, 0, "await term=table_drop"), 0);
	CHECK_INT(rdb_leftovers_count(leftovers), 1);
	atomic_fetch_add(&stopped_clock, 3600);
	await_leftovers(0);
	CHECK_INT(records_left(), 0);
	atomic_store(&stopped_clock, 0);
}

/* The server fails permanently, and later works again. */
static void test_server_fails_and_later_works_again(void)
{
	struct restoring *sink;

	begin();
	server_control(NULL, 0, "fault 'at=query do=drop term=insert times=always'");
	server_control(NULL, 0, "fault 'at=query do=drop term=table_drop times=always'");
	sink = open_sink((struct rdb_restore_table_options){.policy.patience = 1});
	CHECK_INT(write_text(sink, "[{\"id\":1}]"), 0);
	CHECK_INT(restoring_end_wait(sink, &err), -ECONNRESET);
	CHECK(strstr(err.text, "retried for 1 seconds"));
	CHECK_INT(facts_of(sink).warnings, 1);
	restoring_close(sink);
	CHECK_INT(rdb_leftovers_count(leftovers), 1);
	CHECK_INT(records_left(), 1);
	server_control(NULL, 0, "clear");
	for (int i = 0; i < 12000 && rdb_leftovers_count(leftovers); i++)
		usleep(10000);
	CHECK_STR(ask("tables"), "");
	CHECK_INT(records_left(), 0);
}

static void test_refused_connection(void)
{
	char where[PORT_WHERE];
	const struct rdb_cluster_options options = {.connect = where};
	struct rdb_cluster *nobody;
	struct restoring *sink;
	int port = take_port(where);

	begin();
	REQUIRE(rdb_cluster_create(&options, &nobody, NULL) == 0);
	sink = open_with(nobody, (struct rdb_restore_table_options){0});
	CHECK_INT(restoring_wait(sink, &err), -ECONNREFUSED);
	restoring_close(sink);
	rdb_cluster_free(nobody);
	close(port);
}

/* ---- tables of the dead ---- */

/* Process started by leave_behind(): is killed and leaves a record. */
static int die(char **argv)
{
	struct rdb_leftovers *own;
	struct rdb_leftover *one;

	snprintf(server_address, sizeof(server_address), "%s", argv[1]);
	REQUIRE(rdb_leftovers_create(connect_as(NULL, NULL), argv[2], &own, NULL) == 0);
	REQUIRE(rdb_leftover_add(own, "shop", argv[3], NULL, argv[4], &one, NULL) == 0);
	rdb_leftover_made_db(one, strcmp(argv[5], "with its database") == 0);
	return kill(getpid(), SIGKILL);
}

/* A separate program, since the child of a process with threads is restricted. */
static void leave_behind_with(const char *table, const char *id, const char *with)
{
	int status;
	pid_t child = fork();

	REQUIRE(child >= 0);
	if (child == 0) {
		execl("/proc/self/exe", "test_restore_table", server_address, records, table, id,
			with, NULL);
		_exit(127);
	}
	REQUIRE(waitpid(child, &status, 0) == child && WIFSIGNALED(status));
}

static void leave_behind(const char *table, const char *id)
{
	leave_behind_with(table, id, "");
}

static const char *id_of(const char *table)
{
	static struct rdb_table_state state;
	struct rdb_client client = {.cluster = cluster};

	REQUIRE(rdb_table_look(&client, "shop", table, &state, NULL) == 0 && state.exists);
	rdb_client_close(&client);
	return state.id;
}

static void sweep(void)
{
	rdb_leftovers_sweep(leftovers);
	await_leftovers(0);
}

#define OTHER_ID "00000000-0000-0000-0000-000000000000"

static void test_leftover_of_a_killed_process(void)
{
	begin();
	server_control(NULL, 0, "create-db shop");
	server_control(NULL, 0, "create-table shop.rdbfs_restore_12345678_t");
	server_control(NULL, 0, "create-table shop.rdbfs_restore_87654321_t");
	/* Another id: the table that has the name now is not the one that was left. */
	leave_behind("rdbfs_restore_12345678_t", OTHER_ID);
	CHECK_INT(records_left(), 1);
	sweep();
	CHECK_INT(records_left(), 0);
	CHECK_STR(ask("tables"),
		"\"shop.rdbfs_restore_12345678_t\"\n\"shop.rdbfs_restore_87654321_t\"");
	leave_behind("rdbfs_restore_12345678_t", id_of("rdbfs_restore_12345678_t"));
	sweep();
	CHECK_INT(records_left(), 0);
	CHECK_STR(ask("tables"), "\"shop.rdbfs_restore_87654321_t\"");
}

/* The database that was created for the tables is dropped with the last of them, in any order of
 * the records. */
static void test_leftover_database_of_a_killed_process(void)
{
	static const char *const tables[] = {"rdbfs_restore_12345678_t", "rdbfs_restore_12345678_u",
		"rdbfs_restore_12345678_v", "rdbfs_restore_12345678_w", "rdbfs_restore_12345678_x",
		"rdbfs_restore_12345678_y"};
	const size_t count = sizeof(tables) / sizeof(tables[0]);

	for (int kept = 0; kept < 2; kept++) {
		begin();
		server_control(NULL, 0, "create-db shop");
		for (size_t i = 0; i < count; i++)
			server_control(NULL, 0, "create-table shop.%s", tables[i]);
		if (kept)
			server_control(NULL, 0, "create-table shop.others");
		leave_behind_with(tables[0], id_of(tables[0]), "with its database");
		for (size_t i = 1; i < count; i++)
			leave_behind(tables[i], id_of(tables[i]));
		sweep();
		CHECK_INT(records_left(), 0);
		CHECK_STR(ask("tables"), kept ? "\"shop.others\"" : "");
		CHECK_INT(server_control(NULL, 0, "create-db shop") == 0, !kept);
	}
}

static void test_leftover_in_place_of_a_killed_process(void)
{
	begin();
	server_control(NULL, 0, "create-db shop");
	server_control(NULL, 0, "create-table shop.t");
	server_control(NULL, 0, "create-table shop.u");
	leave_behind("t", id_of("t"));
	leave_behind("u", OTHER_ID);
	CHECK_INT(records_left(), 2);
	sweep();
	CHECK_INT(records_left(), 0);
	CHECK_STR(ask("tables"), "\"shop.u\"");
}

/* Nothing is written into a database that is about to be dropped. */
static void test_dead_and_merged(void)
{
	struct restoring *sink;

	begin();
	server_control(NULL, 0, "create-db shop");
	server_control(NULL, 0, "create-table shop.t");
	leave_behind("t", id_of("t"));
	server_control(NULL, 0, "fault 'at=query do=drop term=table_drop times=always'");
	rdb_leftovers_sweep(leftovers);
	sink = open_sink((struct rdb_restore_table_options){.policy.existing = RDB_EXISTING_MERGE});
	CHECK_INT(restoring_wait(sink, &err), -EBUSY);
	CHECK(strstr(err.text, "shop.t: a restore that did not finish left it behind"));
	restoring_close(sink);
	server_control(NULL, 0, "clear");
	await_leftovers(0);
	CHECK_STR(ask("tables"), "");
	CHECK_INT(restore_text(
			  (struct rdb_restore_table_options){.policy.existing = RDB_EXISTING_MERGE},
			  NULL, "[{\"id\":1}]"),
		0);
	CHECK_STR(ask("count shop.t"), "1");
}

static void write_record_of(const char *boot, const char *id)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/rdbfs_restore_inplace_t.1", records);
	file = fopen(path, "w");
	REQUIRE(file);
	fprintf(file, "{\"cluster\":\"%s\",\"db\":\"shop\",\"table\":\"t\",\"id\":\"%s\"%s}",
		rdb_cluster_name(cluster), id, boot);
	REQUIRE(fclose(file) == 0);
}

/* The record may reappear although the table was completed: an older state of the disk. */
static void test_leftover_record_in_doubt(void)
{
	static const char *const boots[] = {
		",\"boot\":\"11111111-2222-3333-4444-555555555555\"", ",\"boot\":\"\"", ""};

	begin();
	server_control(NULL, 0, "create-db shop");
	server_control(NULL, 0, "create-table shop.t");
	for (size_t i = 0; i < sizeof(boots) / sizeof(boots[0]); i++) {
		write_record_of(boots[i], id_of("t"));
		CHECK_INT(records_left(), 1);
		sweep();
		CHECK_INT(records_left(), 0);
		CHECK_STR(ask("tables"), "\"shop.t\"");
	}
}

/* Creates a second link to each record, which survives its removal like an open file; or removes
 * these. */
static size_t keep_records(bool keep)
{
	DIR *dir = opendir(records);
	struct dirent *entry;
	size_t count = 0;
	char kept[300];

	REQUIRE(dir);
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.' || strstr(entry->d_name, ".kept"))
			continue;
		snprintf(kept, sizeof(kept), "%s.kept", entry->d_name);
		if (keep)
			REQUIRE(linkat(dirfd(dir), entry->d_name, dirfd(dir), kept, 0) == 0);
		count++;
	}
	rewinddir(dir);
	while (!keep && (entry = readdir(dir)))
		if (strstr(entry->d_name, ".kept"))
			REQUIRE(unlinkat(dirfd(dir), entry->d_name, 0) == 0);
	closedir(dir);
	return count;
}

/* A sweep that has the record open already does not affect the table that is complete now. */
static void test_complete_in_place(void)
{
	struct rdb_cluster *bob = connect_as("bob", "secret");
	struct restoring *sink;

	begin();
	sink = open_with(bob, (struct rdb_restore_table_options){0});
	CHECK_INT(write_text(sink, "[{\"id\":1},"), 0);
	CHECK_INT(server_control(NULL, 0, "await term=wait table=shop.t"), 0);
	CHECK_INT(keep_records(true), 1);
	CHECK_INT(write_text(sink, "{\"id\":2}]"), 0);
	CHECK_INT(restoring_end_wait(sink, &err), 0);
	restoring_close(sink);
	CHECK_INT(records_left(), 1);
	sweep();
	CHECK_INT(keep_records(false), 0);
	CHECK_INT(records_left(), 0);
	CHECK_STR(ask("count shop.t"), "2");
	rdb_cluster_free(bob);
}

/* ---- records that are being made ---- */

enum meddle { NOT_AT_ALL, SWEEP, REFUSE };

static _Atomic int meddling;
static int swept = -1; /* a record held by a sweep */

/* Locks a record like the sweep of another process. */
static void hold_record(void)
{
	DIR *dir = opendir(records);
	struct dirent *entry;

	REQUIRE(dir);
	while ((entry = readdir(dir)))
		if (rdb_staging_is(entry->d_name)) {
			swept = openat(dirfd(dir), entry->d_name, O_RDWR | O_CLOEXEC);
			syscall(SYS_flock, swept, LOCK_EX | LOCK_NB);
		}
	closedir(dir);
}

int flock(int fd, int operation)
{
	const int how = atomic_exchange(&meddling, NOT_AT_ALL);

	if (how == SWEEP)
		hold_record();
	if (how == REFUSE) {
		errno = EWOULDBLOCK;
		return -1;
	}
	return (int)syscall(SYS_flock, fd, operation);
}

/* Another process sweeps at the moment of the record's creation. */
static void test_swept_while_made(void)
{
	struct rdb_leftovers *others;
	struct rdb_leftover *one;

	begin();
	server_control(NULL, 0, "create-db shop");
	server_control(NULL, 0, "create-table shop.rdbfs_restore_12345678_t");
	atomic_store(&meddling, SWEEP);
	REQUIRE(rdb_leftover_add(leftovers, "shop", "rdbfs_restore_12345678_t", NULL, NULL, &one,
			NULL) == 0);
	close(swept);
	rdb_leftover_identify(one, id_of("rdbfs_restore_12345678_t"));
	REQUIRE(rdb_leftovers_create(cluster, records, &others, NULL) == 0);
	rdb_leftovers_sweep(others);
	CHECK_INT(rdb_leftovers_count(others), 0);
	rdb_leftovers_destroy(others);
	CHECK_STR(ask("tables"), "\"shop.rdbfs_restore_12345678_t\"");
	CHECK_INT(records_left(), 1);
	rdb_leftover_remove(one);
	CHECK_INT(records_left(), 0);
	/* A record that cannot be locked is not kept. */
	atomic_store(&meddling, REFUSE);
	REQUIRE(rdb_leftover_add(leftovers, "shop", "rdbfs_restore_12345678_t", NULL, NULL, &one,
			NULL) == 0);
	CHECK_INT(records_left(), 0);
	rdb_leftover_identify(one, OTHER_ID);
	rdb_leftover_remove(one);
}

/* The process died before the record had a name; and a record that is being created. */
static void test_record_never_named(void)
{
	const struct timespec old[2] = {{.tv_sec = 1}, {.tv_sec = 1}};
	char path[128];

	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/.rdbfs_new_%d", records, i);
		close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
		CHECK_INT(records_left(), 1);
		if (i == 0)
			REQUIRE(utimensat(AT_FDCWD, path, old, 0) == 0);
		sweep();
		CHECK_INT(records_left(), i);
	}
	unlink(path);
}

int main(int argc, char **argv)
{
	if (argc == 6)
		return die(argv);
	rdb_log_open(RDB_LOG_TO_NOWHERE, RDB_LOG_ERROR);
	server_start();
	snprintf(records, sizeof(records), "%s/records", server_folder);
	cluster = connect_as(NULL, NULL);
	REQUIRE(rdb_leftovers_create(cluster, records, &leftovers, NULL) == 0);
	read_by_tags();
	RUN(test_restore);
	RUN(test_array_stream_and_csv);
	RUN(test_pieces_of_one_byte);
	RUN(test_without_waiting);
	RUN(test_prepare);
	RUN(test_indexes_of_an_earlier_info_come_first);
	RUN(test_info_estimates);
	RUN(test_info_changes);
	RUN(test_info_after);
	RUN(test_info_long_after);
	RUN(test_info_long_after_a_merge);
	RUN(test_harmful_info);
	RUN(test_missing_index);
	RUN(test_other_key);
	RUN(test_other_key_missing);
	RUN(test_documents_wait_for_their_info);
	RUN(test_existing);
	RUN(test_blank_for_a_table_that_exists);
	RUN(test_refused);
	RUN(test_duplicate_key_is_refused);
	RUN(test_same_key_again);
	RUN(test_names);
	RUN(test_in_place);
	RUN(test_in_place_unready);
	RUN(test_in_place_lost_reply);
	RUN(test_in_place_keeps_a_table_of_another_client);
	RUN(test_index_replaced);
	RUN(test_index_not_replaced);
	RUN(test_replaced_without_info);
	RUN(test_merge_keeps_the_hook);
	RUN(test_replaced_with_other_key);
	RUN(test_replaced_and_info_after);
	RUN(test_replaced_and_info_between);
	RUN(test_replaced_and_info_lacks_functions);
	RUN(test_replaced_and_unreadable);
	RUN(test_no_permission);
	RUN(test_faults);
	RUN(test_killed_while_merging);
	RUN(test_killed_while_filling);
	RUN(test_killed_while_copying);
	RUN(test_syncs_on_the_way);
	RUN(test_lost_database);
	RUN(test_refused_table);
	RUN(test_appears_meanwhile);
	RUN(test_abort);
	RUN(test_cancel_while_waiting);
	RUN(test_cancel_while_making);
	RUN(test_swap_is_finished);
	RUN(test_swap_is_undone);
	RUN(test_a_failed_swap_keeps_and_names_both_tables);
	RUN(test_made_too_late);
	RUN(test_record_of_a_table_never_made_expires);
	RUN(test_server_fails_and_later_works_again);
	RUN(test_refused_connection);
	RUN(test_leftover_of_a_killed_process);
	RUN(test_leftover_database_of_a_killed_process);
	RUN(test_leftover_in_place_of_a_killed_process);
	RUN(test_dead_and_merged);
	RUN(test_leftover_record_in_doubt);
	RUN(test_complete_in_place);
	RUN(test_swept_while_made);
	RUN(test_record_never_named);
	rdb_pool_destroy(restoring_pool);
	rdb_leftovers_destroy(leftovers);
	rdb_job_unref(job);
	rdb_cluster_free(cluster);
	server_stop();
	return check_failed != 0;
}
