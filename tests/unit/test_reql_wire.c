/*
 * Conversations over a socket pair: recorded ones between the official tools and a RethinkDB 2.4.4,
 * and faulty ones.
 */
#include "reql/conn.h"
#include "reql/cursor.h"
#include "reql/frame.h"
#include "reql/handshake.h"
#include "unit/check.h"

#include <errno.h>
#include <jansson.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#define PATIENCE_MS 120000

static struct rdb_cancel cancel;

/* ---- recordings ---- */

static json_t *load(const char *name, int conn)
{
	json_t *lines = json_array(), *line;
	const char *data = getenv("RDBFS_TEST_DATA");
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/wire/%s.jsonl", data ? data : "tests/data", name);
	file = fopen(path, "r");
	REQUIRE(file);
	while ((line = json_loadf(file, JSON_DISABLE_EOF_CHECK, NULL))) {
		if (json_integer_value(json_object_get(line, "conn")) == conn)
			json_array_append(lines, line);
		json_decref(line);
	}
	fclose(file);
	REQUIRE(json_array_size(lines) > 0);
	return lines;
}

static const char *member(json_t *line, const char *name)
{
	return json_string_value(json_object_get(line, name));
}

static bool is_from(json_t *line, const char *side)
{
	return strcmp(member(line, "frm"), side) == 0;
}

/* Nonce in the client's first message. */
static char *client_nonce(json_t *lines)
{
	json_t *line;
	size_t i;

	json_array_foreach(lines, i, line)
	{
		const char *text = member(line, "handshake");
		char *nonce;
		if (!text || !is_from(line, "client") || !strstr(text, ",r="))
			continue;
		nonce = strdup(strstr(text, ",r=") + 3);
		nonce[strcspn(nonce, "\"")] = '\0';
		return nonce;
	}
	return NULL;
}

/* ---- the other end ---- */

static void make_pair(int fd[2])
{
	REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd) == 0);
}

static void put(int fd, const void *data, size_t len)
{
	const char *at = data;

	while (len > 0) {
		ssize_t n = send(fd, at, len, MSG_NOSIGNAL);
		if (n <= 0)
			return; /* the client has ended: its part of the test reports the reason */
		at += n;
		len -= (size_t)n;
	}
}

static bool get(int fd, void *data, size_t len)
{
	return len == 0 || recv(fd, data, len, MSG_WAITALL) == (ssize_t)len;
}

static bool get_string(int fd, char *text, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (!get(fd, text + i, 1))
			return false;
		if (!text[i])
			return true;
	}
	return false;
}

static void put_frame(int fd, int64_t token, const char *text)
{
	unsigned char header[RDB_FRAME_HEADER];

	rdb_frame_put_header(header, token, (uint32_t)strlen(text));
	put(fd, header, sizeof(header));
	put(fd, text, strlen(text));
}

static char *get_frame(int fd, int64_t *token)
{
	unsigned char header[RDB_FRAME_HEADER];
	uint32_t len;
	char *text;

	REQUIRE(get(fd, header, sizeof(header)));
	memcpy(token, header, sizeof(*token));
	memcpy(&len, header + sizeof(*token), sizeof(len));
	text = calloc(1, len + 1);
	REQUIRE(text && get(fd, text, len));
	return text;
}

static void expect_frame(int fd, int64_t token, const char *text)
{
	int64_t got;
	char *sent = get_frame(fd, &got);

	CHECK_INT(got, token);
	CHECK_STR(sent, text);
	free(sent);
}

/* ---- handshakes ---- */

struct script {
	int fd;
	json_t *lines; /* recorded; or */
	const char *replies[4];
	size_t lens[4]; /* 0: including the final NUL */
};

/* Messages of client and server alternate, regardless of the order in which they were recorded. */
static void *replay_handshake(void *arg)
{
	struct script *script = arg;
	json_t *line;
	char text[4096], magic[4];
	size_t i, from_client = 0, at = 0;

	CHECK(get(script->fd, magic, 4));
	CHECK(memcmp(magic, "\xc3\xbd\xc2\x34", 4) == 0);
	json_array_foreach(script->lines, i, line)
	{
		if (!member(line, "handshake") || !is_from(line, "server"))
			continue;
		put(script->fd, member(line, "handshake"), strlen(member(line, "handshake")) + 1);
		json_t *expected = NULL;
		for (; !expected && at < json_array_size(script->lines); at++) {
			json_t *other = json_array_get(script->lines, at);
			if (member(other, "handshake") && is_from(other, "client"))
				expected = other;
		}
		if (!expected)
			continue;
		CHECK(get_string(script->fd, text, sizeof(text)));
		CHECK_STR(text, member(expected, "handshake"));
		from_client++;
	}
	CHECK_INT(from_client, 2);
	shutdown(script->fd, SHUT_WR);
	return NULL;
}

static void *say_replies(void *arg)
{
	struct script *script = arg;

	for (int i = 0; i < 4 && script->replies[i]; i++)
		put(script->fd, script->replies[i],
			script->lens[i] ? script->lens[i] : strlen(script->replies[i]) + 1);
	shutdown(script->fd, SHUT_WR);
	return NULL;
}

static int shake(struct script *script, void *(*server)(void *), const char *password,
	const char *nonce, char version[RDB_SERVER_VERSION], struct rdb_err *err)
{
	struct rdb_wait wait = rdb_wait_for(&cancel, PATIENCE_MS);
	struct rdb_transport stream;
	pthread_t thread;
	int fd[2], rc;

	make_pair(fd);
	script->fd = fd[1];
	rdb_transport_init(&stream, fd[0], "there:1");
	REQUIRE(pthread_create(&thread, NULL, server, script) == 0);
	rc = rdb_handshake(&stream, "admin", password, nonce, version, &wait, err);
	rdb_transport_close(&stream);
	pthread_join(thread, NULL);
	close(fd[1]);
	return rc;
}

static void check_recorded(const char *name, int conn)
{
	struct script script = {.lines = load(name, conn)};
	char *nonce = client_nonce(script.lines), version[RDB_SERVER_VERSION] = "";
	struct rdb_err err = {0};

	REQUIRE(nonce);
	CHECK_INT(shake(&script, replay_handshake, "", nonce, version, &err), 0);
	CHECK_STR(err.text, "");
	CHECK_STR(version, "2.4.4");
	free(nonce);
	json_decref(script.lines);
}

static void test_handshake_recorded(void)
{
	check_recorded("dump", 1);
	check_recorded("dump", 2);
	check_recorded("restore", 1);
	check_recorded("restore-existing", 1);
}

#define HELLO                                                                                      \
	"{\"max_protocol_version\":0,\"min_protocol_version\":0,\"server_version\":\"2.4.4\","     \
	"\"success\":true}"
#define CHALLENGE                                                                                  \
	"{\"authentication\":\"r=NONCEx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=1\",\"success\":true}"

static void check_refused(int expected, const char *words, const char *one, const char *two,
	const char *three, size_t len)
{
	struct script script = {.replies = {one, two, three}, .lens = {len}};
	char version[RDB_SERVER_VERSION] = "";
	struct rdb_err err = {0};

	CHECK_INT(shake(&script, say_replies, "secret", "NONCE", version, &err), expected);
	if (!strstr(err.text, words)) {
		fprintf(stderr, "%s: not in: %s\n", words, err.text);
		check_failed++;
	}
	CHECK(!strstr(err.text, "secret"));
}

static void test_handshake_refused(void)
{
	check_refused(-EACCES, "wrong password", HELLO, CHALLENGE,
		"{\"error\":\"Wrong password\",\"error_code\":12,\"success\":false}", 0);
	check_refused(-EACCES, "no user \"admin\"", HELLO, CHALLENGE,
		"{\"error\":\"Unknown user\",\"error_code\":17,\"success\":false}", 0);
	check_refused(-EACCES, "Invalid encoding", HELLO,
		"{\"error\":\"Invalid encoding\",\"error_code\":10,\"success\":false}", NULL, 0);
	check_refused(-EPROTO, "not valid JSON", HELLO,
		"{\"error\":\"not valid JSON\",\"error_code\":8,\"success\":false}", NULL, 0);
	check_refused(-EPROTO, "no reason given", "{\"success\":false}", NULL, NULL, 0);
	check_refused(-EPROTO, "prove", HELLO, CHALLENGE,
		"{\"authentication\":\"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=\","
		"\"success\":true}",
		0);
	check_refused(-EPROTO, "prove", HELLO, CHALLENGE, "{\"success\":true}", 0);
	check_refused(-EPROTO, "challenge", HELLO, "{\"success\":true}", NULL, 0);
	check_refused(-EPROTO, "the server's SCRAM nonce does not extend ours", HELLO,
		"{\"authentication\":\"r=OTHER,s=W22Z,i=1\",\"success\":true}", NULL, 0);
	check_refused(-EPROTO, "newer",
		"{\"max_protocol_version\":2,\"min_protocol_version\":1,\"server_version\":\"9.0\","
		"\"success\":true}",
		NULL, NULL, 0);
}

static void test_handshake_of_no_server(void)
{
	static const char old[] = "ERROR: Received an unsupported protocol version.\n";
	static const char web[] = "HTTP/1.1 400 Bad Request\r\n\r\n";
	static const char cluster[] = "RethinkDB cluster\n";
	static const char tls[] = "\x15\x03\x03\x02\x02";
	static const char ssh[] = "SSH-2.0-OpenSSH_9.2\r\n";
	static char endless[RDB_HANDSHAKE_MAX + 1];

	memset(endless, 'x', sizeof(endless));
	check_refused(-EPROTO, "older than RethinkDB 2.3", old, NULL, NULL, 0);
	check_refused(-EPROTO, "web server", web, NULL, NULL, sizeof(web) - 1);
	check_refused(-EPROTO, "other servers", cluster, NULL, NULL, sizeof(cluster) - 1);
	check_refused(-EPROTO, "TLS", tls, NULL, NULL, sizeof(tls) - 1);
	check_refused(-EPROTO, "SSH-2.0", ssh, NULL, NULL, sizeof(ssh) - 1);
	check_refused(-EPROTO, "not a RethinkDB", "[]", NULL, NULL, 0);
	check_refused(-EPROTO, "not a RethinkDB", "", NULL, NULL, 0);
	check_refused(-EPROTO, "not a RethinkDB", endless, NULL, NULL, sizeof(endless));
}

/* A server that ends at any byte of its answer: the connection is lost and retried. */
static void test_handshake_of_a_server_that_ends(void)
{
	check_refused(-ECONNRESET, "closed", NULL, NULL, NULL, 0);
	check_refused(-ECONNRESET, "closed", HELLO, NULL, NULL, 0);
	check_refused(-ECONNRESET, "closed", HELLO, CHALLENGE, NULL, 0);
	for (size_t len = 1; len < sizeof(HELLO); len++)
		check_refused(-ECONNRESET, "closed", HELLO, NULL, NULL, len);
}

static void test_handshake_times_out(void)
{
	struct rdb_wait wait = rdb_wait_for(NULL, 50);
	char version[RDB_SERVER_VERSION];
	struct rdb_transport stream;
	struct rdb_err err = {0};
	int fd[2];

	make_pair(fd);
	rdb_transport_init(&stream, fd[0], "there:1");
	CHECK_INT(rdb_handshake(&stream, "admin", "", "NONCE", version, &wait, &err), -ETIMEDOUT);
	CHECK(strstr(err.text, "there:1"));
	rdb_transport_close(&stream);
	close(fd[1]);
}

/* ---- queries ---- */

static struct rdb_conn *adopt(int fd, uint64_t max_response, int timeout)
{
	struct rdb_conn_options options = {.host = "there",
		.cancel = &cancel,
		.max_response = max_response,
		.answer_timeout = timeout};
	struct rdb_conn *conn = NULL;

	REQUIRE(rdb_conn_adopt(fd, &options, &conn, NULL) == 0);
	return conn;
}

static void check_none_expected(struct rdb_conn *conn)
{
	struct rdb_response response = {0};

	CHECK_INT(rdb_conn_receive(conn, 0, &response, NULL), -ENOENT);
}

static void send_recorded(struct rdb_conn *conn, int64_t token, const char *text)
{
	int64_t got = token;
	int rc;

	if (strcmp(text, "[2]") == 0)
		rc = rdb_conn_continue(conn, token, NULL);
	else if (strcmp(text, "[3]") == 0)
		rc = rdb_conn_stop(conn, token, NULL);
	else
		rc = rdb_conn_send(conn, text, strlen(text), &got, NULL);
	CHECK_INT(rc, 0);
	CHECK_INT(got, token);
}

static void check_recorded_answer(struct rdb_response *response, const char *text)
{
	json_t *whole = json_loads(text, JSON_ALLOW_NUL, NULL), *r;

	REQUIRE(whole);
	CHECK_INT(response->type, json_integer_value(json_object_get(whole, "t")));
	CHECK_INT(response->error_class, json_integer_value(json_object_get(whole, "e")));
	r = json_loadb(response->r.data, response->r.len, JSON_ALLOW_NUL, NULL);
	CHECK(json_equal(r, json_object_get(whole, "r")));
	json_decref(r);
	json_decref(whole);
}

static void replay_queries(const char *name, int number)
{
	json_t *lines = load(name, number), *line;
	struct rdb_response response = {0};
	struct rdb_conn *conn;
	int fd[2];
	size_t i;

	make_pair(fd);
	conn = adopt(fd[0], 0, PATIENCE_MS);
	json_array_foreach(lines, i, line)
	{
		const char *text = member(line, "json");
		int64_t token = json_integer_value(json_object_get(line, "token"));
		if (!text)
			continue;
		if (is_from(line, "client")) {
			send_recorded(conn, token, text);
			expect_frame(fd[1], token, text);
		} else {
			put_frame(fd[1], token, text);
			REQUIRE(rdb_conn_receive(conn, token, &response, NULL) == 0);
			CHECK_INT(response.token, token);
			check_recorded_answer(&response, text);
		}
	}
	check_none_expected(conn);
	rdb_response_free(&response);
	rdb_conn_close(conn);
	close(fd[1]);
	json_decref(lines);
}

static void test_queries_recorded(void)
{
	replay_queries("queries", 1);
}

static void test_answers_interleave(void)
{
	struct rdb_response response = {0};
	struct rdb_conn *conn;
	int64_t token[3];
	int fd[2];

	make_pair(fd);
	conn = adopt(fd[0], 0, PATIENCE_MS);
	for (int i = 0; i < 3; i++)
		REQUIRE(rdb_conn_send(conn, "[1,1]", 5, &token[i], NULL) == 0);
	CHECK_INT(rdb_conn_ready(conn, 0, NULL), 0);
	put_frame(fd[1], token[2], "{\"t\":1,\"r\":[2]}");
	put_frame(fd[1], token[0], "{\"t\":1,\"r\":[0]}");
	CHECK_INT(rdb_conn_ready(conn, token[1], NULL), 0);
	CHECK_INT(rdb_conn_ready(conn, token[0], NULL), 1);
	CHECK_INT(rdb_conn_receive(conn, token[0], &response, NULL), 0);
	CHECK(memcmp(response.r.data, "[0]", 3) == 0);
	put_frame(fd[1], token[1], "{\"t\":1,\"r\":[1]}");
	CHECK_INT(rdb_conn_receive(conn, 0, &response, NULL), 0);
	CHECK_INT(rdb_conn_receive(conn, 0, &response, NULL), 0);
	CHECK_INT(rdb_conn_receive(conn, 0, &response, NULL), -ENOENT);
	CHECK_INT(rdb_conn_receive(conn, token[0], &response, NULL), -ENOENT);
	/* The connection still works after the question. */
	REQUIRE(rdb_conn_send(conn, "[1,1]", 5, &token[0], NULL) == 0);
	put_frame(fd[1], token[0], "{\"t\":1,\"r\":[0]}");
	CHECK_INT(rdb_conn_receive(conn, token[0], &response, NULL), 0);
	rdb_response_free(&response);
	rdb_conn_close(conn);
	close(fd[1]);
}

/* A server that sends a long answer before it continues reading, and a client that sends much. */
static void *answer_before_reading(void *arg)
{
	int fd = *(int *)arg;
	size_t len = 8 * 1024 * 1024;
	char *text = malloc(len + 1);
	int64_t token;

	REQUIRE(text);
	memset(text, ' ', len);
	memcpy(text, "{\"t\":1,\"r\":[0]", 14);
	text[len - 1] = '}';
	text[len] = '\0';
	free(get_frame(fd, &token));
	put_frame(fd, token, text);
	free(get_frame(fd, &token));
	put_frame(fd, token, "{\"t\":1,\"r\":[1]}");
	free(text);
	return NULL;
}

static void test_both_sides_send_much(void)
{
	size_t len = 8 * 1024 * 1024;
	char *query = malloc(len);
	struct rdb_response response = {0};
	struct rdb_conn *conn;
	pthread_t thread;
	int64_t one, other;
	int fd[2];

	REQUIRE(query);
	memset(query, ' ', len);
	make_pair(fd);
	conn = adopt(fd[0], 0, PATIENCE_MS);
	REQUIRE(pthread_create(&thread, NULL, answer_before_reading, &fd[1]) == 0);
	CHECK_INT(rdb_conn_send(conn, query, 5, &one, NULL), 0);
	CHECK_INT(rdb_conn_send(conn, query, len, &other, NULL), 0);
	CHECK_INT(rdb_conn_receive(conn, other, &response, NULL), 0);
	CHECK(memcmp(response.r.data, "[1]", 3) == 0);
	CHECK_INT(rdb_conn_receive(conn, one, &response, NULL), 0);
	CHECK_INT(response.body.len, len);
	pthread_join(thread, NULL);
	rdb_response_free(&response);
	rdb_conn_close(conn);
	close(fd[1]);
	free(query);
}

/* Breaks a connection in one way, and checks that it stays broken. */
static void check_breaks(
	int expected, const char *words, const char *text, int64_t token_off, uint64_t max_response)
{
	struct rdb_response response = {0};
	struct rdb_err err = {0};
	struct rdb_conn *conn;
	int64_t token;
	int fd[2];

	make_pair(fd);
	conn = adopt(fd[0], max_response, PATIENCE_MS);
	REQUIRE(rdb_conn_send(conn, "[1,1]", 5, &token, NULL) == 0);
	if (text)
		put_frame(fd[1], token + token_off, text);
	shutdown(fd[1], SHUT_RDWR);
	CHECK_INT(rdb_conn_receive(conn, token, &response, &err), expected);
	CHECK(strstr(err.text, words));
	CHECK(strstr(err.text, "there:28015"));
	rdb_err_clear(&err);
	CHECK_INT(rdb_conn_send(conn, "[1,1]", 5, &token, &err), expected);
	CHECK_INT(rdb_conn_query(conn, "[1,1]", 5, &response, &err), expected);
	CHECK_INT(rdb_conn_ready(conn, 0, &err), expected);
	CHECK(strstr(err.text, words));
	rdb_response_free(&response);
	rdb_conn_close(conn);
	close(fd[1]);
}

static void test_connection_breaks(void)
{
	check_breaks(-ECONNRESET, "closed", NULL, 0, 0);
	check_breaks(-EPROTO, "an answer to no known query", "{\"t\":1,\"r\":[]}", 7, 0);
	check_breaks(-EPROTO, "not a ReQL", "hello", 0, 0);
	check_breaks(-EMSGSIZE, "smaller batches", "{\"t\":1,\"r\":[]}", 0, 5);
}

static void test_query_too_long_is_not_sent(void)
{
	struct rdb_response response = {0};
	struct rdb_conn *conn;
	int64_t token;
	int fd[2];

	make_pair(fd);
	conn = adopt(fd[0], 0, PATIENCE_MS);
	/* The length is checked before the text. */
	CHECK_INT(rdb_conn_send(conn, "", 128 * 1024 * 1024, &token, NULL), -EMSGSIZE);
	check_none_expected(conn);
	REQUIRE(rdb_conn_send(conn, "[1,1]", 5, &token, NULL) == 0);
	put_frame(fd[1], token, "{\"t\":1,\"r\":[]}");
	CHECK_INT(rdb_conn_receive(conn, token, &response, NULL), 0);
	rdb_response_free(&response);
	rdb_conn_close(conn);
	close(fd[1]);
}

static void test_answer_times_out(void)
{
	struct rdb_response response = {0};
	struct rdb_conn *conn;
	int64_t token;
	int fd[2];

	make_pair(fd);
	conn = adopt(fd[0], 0, 50);
	REQUIRE(rdb_conn_send(conn, "[1,1]", 5, &token, NULL) == 0);
	CHECK_INT(rdb_conn_receive(conn, token, &response, NULL), -ETIMEDOUT);
	rdb_conn_close(conn);
	close(fd[1]);
}

/* Reads one short frame. */
static int64_t take_frame(int fd, char text[64])
{
	unsigned char header[RDB_FRAME_HEADER];
	int64_t token;
	uint32_t len;

	REQUIRE(recv(fd, header, sizeof(header), MSG_WAITALL) == (ssize_t)sizeof(header));
	memcpy(&token, header, sizeof(token));
	memcpy(&len, header + 8, sizeof(len));
	REQUIRE(len < 64 && recv(fd, text, len, MSG_WAITALL) == (ssize_t)len);
	text[len] = '\0';
	return token;
}

struct asking {
	struct rdb_conn *conn;
	int64_t token;
	int rc;
};

static void *receive_one(void *arg)
{
	struct asking *asking = arg;
	struct rdb_response response = {0};

	asking->rc = rdb_conn_receive(asking->conn, asking->token, &response, NULL);
	rdb_response_free(&response);
	return NULL;
}

/* A server that answers pings is alive and may take its time; one that does not is given up. */
static void test_silent_server_is_given_up(void)
{
	const struct rdb_conn_options options = {.host = "there", .silence = 40};
	struct asking asking = {0};
	pthread_t thread;
	char text[64];
	int fd[2];

	make_pair(fd);
	REQUIRE(rdb_conn_adopt(fd[0], &options, &asking.conn, NULL) == 0);
	REQUIRE(rdb_conn_send(asking.conn, "[1,1]", 5, &asking.token, NULL) == 0);
	CHECK_INT(take_frame(fd[1], text), asking.token);
	REQUIRE(pthread_create(&thread, NULL, receive_one, &asking) == 0);
	for (int i = 0; i < 5; i++) {
		int64_t token = take_frame(fd[1], text);
		CHECK_STR(text, "[5]");
		put_frame(fd[1], token, "{\"t\":5,\"r\":[{\"id\":\"x\"}]}");
	}
	put_frame(fd[1], asking.token, "{\"t\":1,\"r\":[1]}");
	pthread_join(thread, NULL);
	CHECK_INT(asking.rc, 0);
	/* Neither the next query nor a ping is answered. */
	REQUIRE(rdb_conn_send(asking.conn, "[1,1]", 5, &asking.token, NULL) == 0);
	receive_one(&asking);
	CHECK_INT(asking.rc, -ETIMEDOUT);
	rdb_conn_close(asking.conn);
	close(fd[1]);
}

static void *fire(void *arg)
{
	usleep(20000);
	rdb_cancel_fire(arg);
	return NULL;
}

static void test_cancel_ends_a_wait(void)
{
	struct rdb_conn_options options = {.host = "there", .answer_timeout = -1};
	struct rdb_response response = {0};
	struct rdb_cancel stop;
	struct rdb_conn *conn;
	struct rdb_err err = {0};
	pthread_t thread;
	int64_t token;
	int fd[2];

	REQUIRE(rdb_cancel_init(&stop) == 0);
	options.cancel = &stop;
	make_pair(fd);
	REQUIRE(rdb_conn_adopt(fd[0], &options, &conn, NULL) == 0);
	REQUIRE(rdb_conn_send(conn, "[1,1]", 5, &token, NULL) == 0);
	REQUIRE(pthread_create(&thread, NULL, fire, &stop) == 0);
	CHECK_INT(rdb_conn_receive(conn, token, &response, &err), -EINTR);
	CHECK(strstr(err.text, "cancelled"));
	CHECK_INT(rdb_conn_send(conn, "[1,1]", 5, &token, NULL), -EINTR);
	pthread_join(thread, NULL);
	rdb_conn_close(conn);
	close(fd[1]);
	rdb_cancel_destroy(&stop);
}

static void test_cancel_ends_a_send(void)
{
	struct rdb_conn_options options = {.host = "there", .answer_timeout = -1};
	size_t len = 16 * 1024 * 1024;
	char *query = calloc(1, len);
	struct rdb_cancel stop;
	struct rdb_conn *conn;
	pthread_t thread;
	int64_t token;
	int fd[2];

	REQUIRE(query && rdb_cancel_init(&stop) == 0);
	options.cancel = &stop;
	make_pair(fd);
	REQUIRE(rdb_conn_adopt(fd[0], &options, &conn, NULL) == 0);
	REQUIRE(pthread_create(&thread, NULL, fire, &stop) == 0);
	CHECK_INT(rdb_conn_send(conn, query, len, &token, NULL), -EINTR);
	pthread_join(thread, NULL);
	rdb_conn_close(conn);
	close(fd[1]);
	rdb_cancel_destroy(&stop);
	free(query);
}

/* ---- cursors ---- */

static void check_rows(struct rdb_cursor *cursor, const char *expected)
{
	struct rdb_json_span rows;

	CHECK_INT(rdb_cursor_next(cursor, &rows, NULL), 1);
	CHECK_INT(rows.len, strlen(expected));
	CHECK(rows.len == strlen(expected) && memcmp(rows.data, expected, rows.len) == 0);
}

static void test_cursor_asks_ahead(void)
{
	struct rdb_cursor cursor;
	struct rdb_json_span rows;
	struct rdb_conn *conn;
	int fd[2];

	make_pair(fd);
	conn = adopt(fd[0], 0, PATIENCE_MS);
	REQUIRE(rdb_cursor_open(&cursor, conn, "[1,1]", 5, NULL) == 0);
	expect_frame(fd[1], 1, "[1,1]");
	put_frame(fd[1], 1, "{\"t\":3,\"r\":[1,2],\"n\":[]}");
	check_rows(&cursor, "[1,2]");
	expect_frame(fd[1], 1, "[2]");
	put_frame(fd[1], 1, "{\"t\":3,\"r\":[],\"n\":[]}");
	check_rows(&cursor, "[]");
	expect_frame(fd[1], 1, "[2]");
	put_frame(fd[1], 1, "{\"t\":2,\"r\":[3],\"n\":[]}");
	check_rows(&cursor, "[3]");
	CHECK_INT(rdb_cursor_next(&cursor, &rows, NULL), 0);
	CHECK_INT(rdb_cursor_next(&cursor, &rows, NULL), 0);
	rdb_cursor_close(&cursor);
	check_none_expected(conn);
	rdb_conn_close(conn);
	close(fd[1]);
}

static void test_cursor_stops(void)
{
	struct rdb_response response = {0};
	struct rdb_cursor cursor;
	struct rdb_conn *conn;
	int64_t token;
	int fd[2];

	make_pair(fd);
	conn = adopt(fd[0], 0, PATIENCE_MS);
	REQUIRE(rdb_cursor_open(&cursor, conn, "[1,1]", 5, NULL) == 0);
	put_frame(fd[1], 1, "{\"t\":3,\"r\":[1,2],\"n\":[]}");
	check_rows(&cursor, "[1,2]");
	rdb_cursor_close(&cursor);
	expect_frame(fd[1], 1, "[1,1]");
	expect_frame(fd[1], 1, "[2]");
	expect_frame(fd[1], 1, "[3]");
	/* Both are answered, and the connection continues with the next query. */
	put_frame(fd[1], 1, "{\"t\":3,\"r\":[3],\"n\":[]}");
	put_frame(fd[1], 1, "{\"t\":2,\"r\":[],\"n\":[]}");
	REQUIRE(rdb_conn_send(conn, "[1,1]", 5, &token, NULL) == 0);
	put_frame(fd[1], token, "{\"t\":1,\"r\":[4]}");
	CHECK_INT(rdb_conn_receive(conn, 0, &response, NULL), 0);
	CHECK_INT(response.token, token);
	check_none_expected(conn);
	rdb_response_free(&response);
	rdb_conn_close(conn);
	close(fd[1]);
}

static void test_cursor_of_an_array(void)
{
	struct rdb_cursor cursor;
	struct rdb_conn *conn;
	struct rdb_json_span rows;
	int fd[2];

	make_pair(fd);
	conn = adopt(fd[0], 0, PATIENCE_MS);
	REQUIRE(rdb_cursor_open(&cursor, conn, "[1,1]", 5, NULL) == 0);
	put_frame(fd[1], 1, "{\"t\":1,\"r\":[[\"a\",\"b\"]]}");
	check_rows(&cursor, "[\"a\",\"b\"]");
	CHECK_INT(rdb_cursor_next(&cursor, &rows, NULL), 0);
	rdb_cursor_close(&cursor);
	rdb_conn_close(conn);
	close(fd[1]);
}

static void test_cursor_fails_halfway(void)
{
	struct rdb_cursor cursor;
	struct rdb_conn *conn;
	struct rdb_json_span rows;
	struct rdb_err err = {0};
	int fd[2];

	make_pair(fd);
	conn = adopt(fd[0], 0, PATIENCE_MS);
	REQUIRE(rdb_cursor_open(&cursor, conn, "[1,1]", 5, NULL) == 0);
	put_frame(fd[1], 1, "{\"t\":3,\"r\":[1],\"n\":[]}");
	put_frame(fd[1], 1,
		"{\"t\":18,\"e\":4100000,\"r\":[\"Table `a.b` does not exist.\"],\"b\":[]}");
	check_rows(&cursor, "[1]");
	CHECK_INT(rdb_cursor_next(&cursor, &rows, &err), -ENOENT);
	CHECK_STR(err.text, "Table `a.b` does not exist.");
	CHECK_INT(rdb_cursor_next(&cursor, &rows, &err), -ENOENT);
	rdb_cursor_close(&cursor);
	check_none_expected(conn);
	rdb_conn_close(conn);
	close(fd[1]);
}

/* A received batch is still returned when the connection breaks after it; the break is never
 * treated as the end of the rows. */
static void test_cursor_loses_the_connection(void)
{
	struct rdb_cursor cursor;
	struct rdb_conn *conn;
	struct rdb_json_span rows;
	int fd[2];

	make_pair(fd);
	conn = adopt(fd[0], 0, PATIENCE_MS);
	REQUIRE(rdb_cursor_open(&cursor, conn, "[1,1]", 5, NULL) == 0);
	put_frame(fd[1], 1, "{\"t\":3,\"r\":[1],\"n\":[]}");
	shutdown(fd[1], SHUT_RDWR);
	check_rows(&cursor, "[1]");
	CHECK_INT(rdb_cursor_next(&cursor, &rows, NULL), -ECONNRESET);
	CHECK_INT(rdb_cursor_next(&cursor, &rows, NULL), -ECONNRESET);
	rdb_cursor_close(&cursor);
	rdb_conn_close(conn);
	close(fd[1]);
}

int main(void)
{
	REQUIRE(rdb_cancel_init(&cancel) == 0);
	RUN(test_handshake_recorded);
	RUN(test_handshake_refused);
	RUN(test_handshake_of_no_server);
	RUN(test_handshake_of_a_server_that_ends);
	RUN(test_handshake_times_out);
	RUN(test_queries_recorded);
	RUN(test_answers_interleave);
	RUN(test_both_sides_send_much);
	RUN(test_connection_breaks);
	RUN(test_query_too_long_is_not_sent);
	RUN(test_answer_times_out);
	RUN(test_silent_server_is_given_up);
	RUN(test_cancel_ends_a_wait);
	RUN(test_cancel_ends_a_send);
	RUN(test_cursor_asks_ahead);
	RUN(test_cursor_stops);
	RUN(test_cursor_of_an_array);
	RUN(test_cursor_fails_halfway);
	RUN(test_cursor_loses_the_connection);
	rdb_cancel_destroy(&cancel);
	CHECK_EXIT();
}
