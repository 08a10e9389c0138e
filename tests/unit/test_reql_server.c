/*
 * Complete sessions with a server: the project's test server, or, if RDBFS_TEST_REQL (HOST:PORT) is
 * set, that one. RDBFS_TEST_REQL_PASSWORD and RDBFS_TEST_REQL_CERT are its admin's password and its
 * certificate. All created objects are removed.
 */
#include "dump/describe.h"
#include "reql/address.h"
#include "reql/admin.h"
#include "reql/cursor.h"
#include "reql/term.h"
#include "unit/check.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#define DB "rdbfs_test_reql"
#define READER "rdbfs_reader"
#define READER_PASSWORD "p,=\xe2\x82\xac"
/* function (row) { return row("customer") } */
#define INDEX                                                                                      \
	"{\"$reql_type$\":\"BINARY\",\"data\":\"JHJlcWxfaW5kZXhfZnVuY3Rpb24kCQcHBwAAAAAAAAHt/"     \
	"////////y0AAABbMzEsW1sxMCxbWzEs\\r\\n"                                                    \
	"LTE5LDBdXSwwXSxbMSwiY3VzdG9tZXIiLDBdXSwwXQAAAAAAAAA=\"}"

static struct rdb_address address;
static struct rdb_tls *tls;
static struct rdb_conn *conn;
static char folder[] = "/tmp/rdbfs-test-XXXXXX";
static pid_t server;

/* ---- a server ---- */

static void run_server(const char *port_file)
{
	const char *data = getenv("RDBFS_TEST_DATA");
	char program[4096];

	snprintf(program, sizeof(program), "%s/../server/reql-server", data ? data : "tests/data");
	execl(program, program, "--port-file", port_file, "--user", READER ":" READER_PASSWORD ":",
		"--set", "batch_rows=100", (char *)NULL);
	perror(program);
	_exit(127);
}

static void start_server(void)
{
	char port_file[64], port[16] = "";
	int fd = -1;

	REQUIRE(mkdtemp(folder));
	snprintf(port_file, sizeof(port_file), "%s/port", folder);
	server = fork();
	REQUIRE(server >= 0);
	if (server == 0)
		run_server(port_file);
	for (int i = 0; i < 1200 && fd < 0; i++) {
		REQUIRE(waitpid(server, NULL, WNOHANG) == 0);
		usleep(50000);
		fd = open(port_file, O_RDONLY | O_CLOEXEC);
	}
	REQUIRE(fd >= 0 && read(fd, port, sizeof(port) - 1) > 0);
	close(fd);
	unlink(port_file);
	snprintf(address.host, sizeof(address.host), "127.0.0.1");
	address.port = (uint16_t)atoi(port);
}

static void find_server(void)
{
	const char *where = getenv("RDBFS_TEST_REQL"), *cert = getenv("RDBFS_TEST_REQL_CERT");
	struct rdb_tls_options options = {.trusted = cert};

	if (where)
		REQUIRE(rdb_address_parse(where, &address, NULL) == 0);
	else
		start_server();
	if (cert)
		REQUIRE(rdb_tls_create(&options, &tls, NULL) == 0);
}

static void stop_server(void)
{
	if (server > 0) {
		kill(server, SIGTERM);
		waitpid(server, NULL, 0);
		rmdir(folder);
	}
	rdb_tls_destroy(tls);
}

static int connect_as(
	const char *user, const char *password, struct rdb_conn **out, struct rdb_err *err)
{
	struct rdb_conn_options options = {.host = address.host,
		.port = address.port,
		.user = user,
		.password = password,
		.tls = tls};

	return rdb_conn_open(&options, out, err);
}

/* ---- queries ---- */

/* Runs a query that was built successfully, and empties the buffer. */
static int run(struct rdb_conn *with, int made, struct rdb_buf *query, struct rdb_response *out,
	struct rdb_err *err)
{
	int rc;

	REQUIRE(made == 0);
	rc = rdb_conn_query(with, query->data, query->len, out, err);
	rdb_buf_clear(query);
	return rc;
}

/* Runs a query as admin and ignores the answer. */
static int run_only(int made, struct rdb_buf *query)
{
	struct rdb_response response = {0};
	int rc = run(conn, made, query, &response, NULL);

	rdb_response_free(&response);
	return rc;
}

/* A number in the answer's object; -1 if missing. */
static int number(const struct rdb_response *response, const char *name)
{
	struct rdb_json_span atom;
	json_t *object;
	int value = -1;

	REQUIRE(rdb_response_atom(response, &atom, NULL) == 0);
	object = json_loadb(atom.data, atom.len, JSON_DECODE_ANY, NULL);
	if (json_is_integer(object))
		value = (int)json_integer_value(object);
	else if (json_object_get(object, name))
		value = (int)json_integer_value(json_object_get(object, name));
	json_decref(object);
	return value;
}

static int insert(int from, int to, int off, enum rdb_conflict conflict, struct rdb_response *out)
{
	struct rdb_query_insert options = {.conflict = conflict};
	struct rdb_buf query = {0};
	int rc;

	REQUIRE(rdb_query_insert_begin(&query, DB, "t") == 0);
	REQUIRE(rdb_buf_puts(&query, "[2,[") == 0);
	for (int i = from; i < to; i++)
		REQUIRE(rdb_buf_printf(&query,
				"%s{\"id\":[2,[%d,\"]\"]],\"customer\":%d,\"pad\":\"%0100d\"}",
				i > from ? "," : "", i, i + off, i) == 0);
	REQUIRE(rdb_buf_puts(&query, "]]") == 0);
	rc = run(conn, rdb_query_insert_end(&query, &options), &query, out, NULL);
	rdb_buf_free(&query);
	return rc;
}

/* ---- tests, which depend on the state that earlier ones left ---- */

static void test_connect(void)
{
	const char *password = getenv("RDBFS_TEST_REQL_PASSWORD");
	struct rdb_err err = {0};

	REQUIRE(connect_as("admin", password, &conn, &err) == 0);
	CHECK(strtod(rdb_conn_server_version(conn), NULL) >= 2.3);
}

static void test_connect_refused(void)
{
	struct rdb_conn *other;
	struct rdb_err err = {0};

	CHECK_INT(connect_as("admin", "wrong", &other, &err), -EACCES);
	CHECK(strstr(err.text, "wrong password"));
	CHECK_INT(connect_as("nobody", "", &other, &err), -EACCES);
	CHECK(strstr(err.text, "no user \"nobody\""));
}

static void test_create(void)
{
	struct rdb_response response = {0};
	struct rdb_buf query = {0};
	struct rdb_names names;

	CHECK_INT(run(conn, rdb_query_db_create(&query, DB), &query, &response, NULL), 0);
	CHECK_INT(run(conn, rdb_query_db_create(&query, DB), &query, &response, NULL), -EEXIST);
	CHECK_INT(run(conn, rdb_query_table_create(&query, DB, "t", "id", 1, 1), &query, &response,
			  NULL),
		0);
	CHECK_INT(number(&response, "tables_created"), 1);
	CHECK_INT(run(conn, rdb_query_table_create(&query, DB, "t", "id", 0, 0), &query, &response,
			  NULL),
		-EEXIST);
	CHECK_INT(run(conn, rdb_query_table_wait(&query, DB, "t", 30), &query, &response, NULL), 0);
	CHECK_INT(number(&response, "ready"), 1);
	REQUIRE(rdb_admin_databases(conn, &names, NULL) == 0);
	bool found = false;
	for (size_t i = 0; i < names.count; i++) {
		found = found || strcmp(names.names[i], DB) == 0;
		CHECK(strcmp(names.names[i], "rethinkdb") != 0);
	}
	CHECK(found);
	rdb_names_free(&names);
	REQUIRE(rdb_admin_tables(conn, DB, &names, NULL) == 0);
	CHECK_INT(names.count, 1);
	CHECK_STR(names.names[0], "t");
	rdb_names_free(&names);
	rdb_response_free(&response);
	rdb_buf_free(&query);
}

static void test_missing(void)
{
	struct rdb_names names;
	struct rdb_describe out = {.estimate = 0};
	struct rdb_err err = {0};

	CHECK_INT(rdb_admin_tables(conn, "nope", &names, &err), -ENOENT);
	CHECK_STR(err.text, "nope: Database `nope` does not exist.");
	CHECK_INT(rdb_describe_shortly(conn, DB, "nope", &out, &err), -ENOENT);
	CHECK_STR(err.text, DB ".nope: Table `" DB ".nope` does not exist.");
	CHECK_INT(out.info.len, 0);
	rdb_describe_free(&out);
}

static void test_insert(void)
{
	struct rdb_response response = {0};
	struct rdb_buf query = {0};

	REQUIRE(insert(0, 1000, 0, RDB_CONFLICT_ERROR, &response) == 0);
	CHECK_INT(number(&response, "inserted"), 1000);
	REQUIRE(insert(900, 1100, 0, RDB_CONFLICT_SAME, &response) == 0);
	CHECK_INT(number(&response, "inserted"), 100);
	CHECK_INT(number(&response, "unchanged"), 100);
	CHECK_INT(number(&response, "errors"), 0);
	REQUIRE(insert(1099, 1101, 7, RDB_CONFLICT_SAME, &response) == 0);
	CHECK_INT(number(&response, "inserted"), 1);
	CHECK_INT(number(&response, "errors"), 1);
	REQUIRE(insert(1100, 1101, 0, RDB_CONFLICT_REPLACE, &response) == 0);
	CHECK_INT(number(&response, "replaced"), 1);
	CHECK_INT(run(conn, rdb_query_sync(&query, DB, "t"), &query, &response, NULL), 0);
	CHECK_INT(number(&response, "synced"), 1);
	CHECK_INT(run(conn, rdb_query_count(&query, DB, "t"), &query, &response, NULL), 0);
	CHECK_INT(number(&response, ""), 1101);
	rdb_response_free(&response);
	rdb_buf_free(&query);
}

static void test_inserts_in_flight(void)
{
	struct rdb_query_insert options = {.conflict = RDB_CONFLICT_REPLACE};
	struct rdb_response response = {0};
	struct rdb_buf query = {0};
	int64_t token[20];

	/* JSON text of the documents, as a string. */
	for (int i = 0; i < 20; i++) {
		rdb_buf_clear(&query);
		REQUIRE(rdb_query_insert_begin(&query, DB, "t") == 0);
		REQUIRE(rdb_buf_printf(&query,
				"[98,[\"[{\\\"id\\\":[%d,\\\"]\\\"],"
				"\\\"customer\\\":[%d]}]\"]]",
				i, i) == 0);
		REQUIRE(rdb_query_insert_end(&query, &options) == 0);
		REQUIRE(rdb_conn_send(conn, query.data, query.len, &token[i], NULL) == 0);
	}
	for (int i = 19; i >= 0; i--) {
		CHECK_INT(rdb_conn_receive(conn, token[i], &response, NULL), 0);
		CHECK_INT(rdb_response_check(&response, NULL), 0);
		CHECK_INT(number(&response, "replaced"), 1);
	}
	CHECK_INT(rdb_conn_receive(conn, 0, &response, NULL), -ENOENT);
	rdb_response_free(&response);
	rdb_buf_free(&query);
}

/* Reads from the cursor to its end; checks the order of the keys and counts. */
static int count_rows(struct rdb_cursor *cursor, int first, int *batches)
{
	struct rdb_json_span rows;
	int rc, count = 0;

	*batches = 0;
	while ((rc = rdb_cursor_next(cursor, &rows, NULL)) == 1) {
		json_t *array = json_loadb(rows.data, rows.len, 0, NULL), *row;
		size_t i;

		REQUIRE(json_is_array(array));
		json_array_foreach(array, i, row)
		{
			json_t *id = json_array_get(json_object_get(row, "id"), 0);
			CHECK_INT(json_integer_value(id), first + count);
			count++;
		}
		json_decref(array);
		++*batches;
	}
	CHECK_INT(rc, 0);
	return count;
}

static void test_read(void)
{
	struct rdb_query_read read = {
		.db = DB, .table = "t", .primary_key = "id", .batch_bytes = 20000};
	struct rdb_buf query = {0};
	struct rdb_cursor cursor;
	int batches;

	REQUIRE(rdb_query_read(&query, &read) == 0);
	REQUIRE(rdb_cursor_open(&cursor, conn, query.data, query.len, NULL) == 0);
	CHECK_INT(count_rows(&cursor, 0, &batches), 1101);
	CHECK(batches > 3);
	rdb_cursor_close(&cursor);
	rdb_buf_clear(&query);
	read.mode = RDB_READ_OUTDATED;
	read.batch_bytes = 0;
	read.after = "[1000,\"]\"]";
	read.after_len = strlen(read.after);
	REQUIRE(rdb_query_read(&query, &read) == 0);
	REQUIRE(rdb_cursor_open(&cursor, conn, query.data, query.len, NULL) == 0);
	CHECK_INT(count_rows(&cursor, 1001, &batches), 100);
	rdb_cursor_close(&cursor);
	rdb_buf_free(&query);
}

static void test_two_cursors_and_a_stop(void)
{
	struct rdb_response response = {0};
	struct rdb_query_read read = {
		.db = DB, .table = "t", .primary_key = "id", .batch_bytes = 20000};
	struct rdb_cursor one, other;
	struct rdb_buf query = {0};
	struct rdb_json_span rows;
	int batches;

	REQUIRE(rdb_query_read(&query, &read) == 0);
	REQUIRE(rdb_cursor_open(&one, conn, query.data, query.len, NULL) == 0);
	REQUIRE(rdb_cursor_open(&other, conn, query.data, query.len, NULL) == 0);
	CHECK_INT(rdb_cursor_next(&one, &rows, NULL), 1);
	rdb_cursor_close(&one);
	CHECK_INT(count_rows(&other, 0, &batches), 1101);
	rdb_cursor_close(&other);
	rdb_buf_clear(&query);
	CHECK_INT(run_only(rdb_query_db_list(&query), &query), 0);
	CHECK_INT(rdb_conn_receive(conn, 0, &response, NULL), -ENOENT);
	rdb_buf_free(&query);
}

static void test_index_and_hook(void)
{
	struct rdb_describe described = {.estimate = 0};
	struct rdb_response response = {0};
	struct rdb_buf query = {0};
	struct rdb_json_span out;
	json_t *status;

	CHECK_INT(
		run_only(rdb_query_index_create(&query, DB, "t", "by-customer", INDEX), &query), 0);
	CHECK_INT(run_only(rdb_query_index_create(&query, DB, "t", "by-customer", INDEX), &query),
		-EEXIST);
	CHECK_INT(run_only(rdb_query_index_create(&query, DB, "t", "bad",
				   "{\"$reql_type$\":\"BINARY\",\"data\":\"AAAA\"}"),
			  &query),
		-EINVAL);
	CHECK_INT(run(conn, rdb_query_index_status(&query, DB, "t"), &query, &response, NULL), 0);
	REQUIRE(rdb_response_atom(&response, &out, NULL) == 0);
	status = json_loadb(out.data, out.len, 0, NULL);
	CHECK_INT(json_array_size(status), 1);
	CHECK_STR(json_string_value(json_object_get(json_array_get(status, 0), "index")),
		"by-customer");
	json_decref(status);
	CHECK_INT(run_only(rdb_query_index_drop(&query, DB, "t", "by-customer"), &query), 0);
	CHECK_INT(run_only(rdb_query_index_drop(&query, DB, "t", "by-customer"), &query), -ENOENT);
	CHECK_INT(run_only(rdb_query_set_write_hook(&query, DB, "t", NULL), &query), 0);
	CHECK_INT(run(conn, rdb_query_write_hook(&query, DB, "t"), &query, &response, NULL), 0);
	REQUIRE(rdb_response_atom(&response, &out, NULL) == 0);
	CHECK(out.len == 4 && memcmp(out.data, "null", 4) == 0);
	REQUIRE(rdb_describe_shortly(conn, DB, "t", &described, NULL) == 0);
	CHECK(strstr(rdb_buf_cstr(&described.info), "\"primary_key\":\"id\""));
	rdb_describe_free(&described);
	rdb_response_free(&response);
	rdb_buf_free(&query);
}

static void test_rename(void)
{
	struct rdb_response response = {0};
	struct rdb_buf query = {0};
	struct rdb_names names;

	CHECK_INT(run(conn, rdb_query_table_rename(&query, DB, "t", "u"), &query, &response, NULL),
		0);
	CHECK_INT(number(&response, "replaced"), 1);
	CHECK_INT(number(&response, "errors"), 0);
	REQUIRE(rdb_admin_tables(conn, DB, &names, NULL) == 0);
	CHECK_INT(names.count, 1);
	CHECK_STR(names.names[0], "u");
	rdb_names_free(&names);
	CHECK_INT(run(conn, rdb_query_table_rename(&query, DB, "t", "u"), &query, &response, NULL),
		-ENOENT);
	CHECK_INT(run(conn, rdb_query_table_rename(&query, DB, "u", "t"), &query, &response, NULL),
		0);
	rdb_response_free(&response);
	rdb_buf_free(&query);
}

/* A user who may only read. */
static void test_permissions(void)
{
	struct rdb_buf query = {0};
	struct rdb_response response = {0};
	struct rdb_conn *reader = NULL;
	struct rdb_err err = {0};

	/* The test server has this user from its start. */
	if (!server)
		CHECK_INT(run_only(rdb_term_format(&query,
					   "[1,[56,[%t,{\"id\":%s,\"password\":%s}]]]", "rethinkdb",
					   "users", READER, READER_PASSWORD),
				  &query),
			0);
	REQUIRE(connect_as(READER, READER_PASSWORD, &reader, &err) == 0);
	CHECK_INT(run(reader, rdb_query_count(&query, DB, "t"), &query, &response, &err), -EACCES);
	CHECK(strstr(err.text, "`read` permission"));
	CHECK_INT(run_only(rdb_term_format(&query, "[1,[188,[%d,%s,{\"read\":true}]]]", DB, READER),
			  &query),
		0);
	CHECK_INT(run(reader, rdb_query_count(&query, DB, "t"), &query, &response, &err), 0);
	CHECK_INT(run(reader, rdb_query_write_hook(&query, DB, "t"), &query, &response, &err),
		-EACCES);
	CHECK(strstr(err.text, "`config` permission"));
	CHECK_INT(run(reader, rdb_query_table_drop(&query, DB, "t"), &query, &response, &err),
		-EACCES);
	rdb_conn_close(reader);
	if (!server)
		CHECK_INT(run_only(rdb_term_format(&query, "[1,[54,[[16,[%t,%s]]]]]", "rethinkdb",
					   "users", READER),
				  &query),
			0);
	rdb_response_free(&response);
	rdb_buf_free(&query);
}

static void test_drop(void)
{
	struct rdb_buf query = {0};

	CHECK_INT(run_only(rdb_query_table_drop(&query, DB, "t"), &query), 0);
	CHECK_INT(run_only(rdb_query_table_drop(&query, DB, "t"), &query), -ENOENT);
	CHECK_INT(run_only(rdb_term_format(&query, "[1,[58,[%s]]]", DB), &query), 0);
	rdb_buf_free(&query);
}

int main(void)
{
	find_server();
	RUN(test_connect);
	RUN(test_connect_refused);
	RUN(test_create);
	RUN(test_missing);
	RUN(test_insert);
	RUN(test_inserts_in_flight);
	RUN(test_read);
	RUN(test_two_cursors_and_a_stop);
	RUN(test_index_and_hook);
	RUN(test_rename);
	RUN(test_permissions);
	RUN(test_drop);
	rdb_conn_close(conn);
	stop_server();
	CHECK_EXIT();
}
