/* Parts of fs/reql/ that need no connection: addresses, SCRAM, query text, frames, responses. */
#include "reql/address.h"
#include "reql/frame.h"
#include "reql/response.h"
#include "reql/scram.h"
#include "reql/term.h"
#include "unit/check.h"

#include <errno.h>
#include <openssl/evp.h>

/* ---- address ---- */

static void check_address(const char *text, const char *host, int port)
{
	struct rdb_address address;
	struct rdb_err err = {0};

	CHECK_INT(rdb_address_parse(text, &address, &err), 0);
	CHECK_STR(err.text, "");
	CHECK_STR(address.host, host);
	CHECK_INT(address.port, port);
}

static void test_address_forms(void)
{
	check_address("db.example.com", "db.example.com", 28015);
	check_address("db.example.com:1", "db.example.com", 1);
	check_address("10.0.0.7:65535", "10.0.0.7", 65535);
	check_address("[::1]", "::1", 28015);
	check_address("[fe80::1%eth0]:29", "fe80::1%eth0", 29);
	check_address("::1", "::1", 28015);
	check_address("rethinkdb://h", "h", 28015);
	check_address("rethinkdb://h:7/", "h", 7);
	check_address("rethinkdb://u@[::1]:7/", "::1", 7);
}

static void test_address_user_and_password(void)
{
	struct rdb_address address;

	REQUIRE(rdb_address_parse("rethinkdb://a%40b:p%3a%2F%e2%82%ac:@h:7/", &address, NULL) == 0);
	CHECK_STR(address.user, "a@b");
	CHECK_STR(address.password, "p:/€:");
	CHECK(address.has_password);
	REQUIRE(rdb_address_parse("rethinkdb://bob@h", &address, NULL) == 0);
	CHECK_STR(address.user, "bob");
	CHECK(!address.has_password);
	REQUIRE(rdb_address_parse("rethinkdb://bob:@h", &address, NULL) == 0);
	CHECK(address.has_password);
	CHECK_STR(address.password, "");
	/* Only connection strings have a user: otherwise @ is an invalid character. */
	CHECK_INT(rdb_address_parse("bob@h", &address, NULL), -EINVAL);
}

static void test_address_refused(void)
{
	static const char *const bad[] = {"", ":28015", "h:", "h:0", "h:65536", "h:7x",
		"h:99999999999999999999", "[::1", "[::1]7", "[]:1", "a b", "h/x", "rethinkdb://",
		"rethinkdb://u:p%4@h", "rethinkdb://u:p%zz@h", "rethinkdb://%00@h", "http://h:80/"};
	char longer[3000];
	struct rdb_address address;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct rdb_err err = {0};
		CHECK_INT(rdb_address_parse(bad[i], &address, &err), -EINVAL);
		CHECK(err.text[0]);
	}
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	CHECK_INT(rdb_address_parse(longer, &address, NULL), -EINVAL);
	memcpy(longer, "rethinkdb://u:", 14);
	memcpy(longer + 2900, "@h", 3);
	CHECK_INT(rdb_address_parse(longer, &address, NULL), -EINVAL);
}

static void test_address_error_shows_no_password(void)
{
	struct rdb_address address;
	struct rdb_err err = {0};

	CHECK_INT(rdb_address_parse("rethinkdb://bob:geheim@h:nope", &address, &err), -EINVAL);
	CHECK(!strstr(err.text, "geheim"));
	CHECK_INT(rdb_address_parse("rethinkdb://bob:geheim%@h", &address, &err), -EINVAL);
	CHECK(!strstr(err.text, "geheim"));
}

/* ---- SCRAM ---- */

/* RFC 7677, section 3. */
#define RFC_NONCE "rOprNGfwEbeRWgbNEkqO"
#define RFC_FIRST                                                                                  \
	"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
#define RFC_FINAL                                                                                  \
	"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"                             \
	"p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
#define RFC_SIGNATURE "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="

static int final(const char *message, struct rdb_scram *scram, struct rdb_buf *out)
{
	rdb_buf_clear(out);
	REQUIRE(rdb_scram_first(scram, "user", RFC_NONCE, out, NULL) == 0);
	rdb_buf_clear(out);
	return rdb_scram_final(scram, "pencil", message, strlen(message), out, NULL);
}

static void test_scram_vector(void)
{
	struct rdb_scram scram = {0};
	struct rdb_buf out = {0};

	REQUIRE(rdb_scram_first(&scram, "user", RFC_NONCE, &out, NULL) == 0);
	CHECK_STR(rdb_buf_cstr(&out), "n,,n=user,r=" RFC_NONCE);
	rdb_buf_clear(&out);
	REQUIRE(rdb_scram_final(&scram, "pencil", RFC_FIRST, strlen(RFC_FIRST), &out, NULL) == 0);
	CHECK_STR(rdb_buf_cstr(&out), RFC_FINAL);
	CHECK_INT(rdb_scram_verify(&scram, RFC_SIGNATURE, strlen(RFC_SIGNATURE), NULL), 0);
	rdb_scram_free(&scram);
	rdb_buf_free(&out);
}

static void test_scram_refuses_a_false_signature(void)
{
	struct rdb_scram scram = {0};
	struct rdb_buf out = {0};
	char signature[] = RFC_SIGNATURE;

	REQUIRE(final(RFC_FIRST, &scram, &out) == 0);
	for (size_t i = 0; i < strlen(signature); i++) {
		signature[i] ^= 1;
		CHECK_INT(rdb_scram_verify(&scram, signature, strlen(signature), NULL), -EPROTO);
		signature[i] ^= 1;
	}
	CHECK_INT(rdb_scram_verify(&scram, signature, strlen(signature) - 1, NULL), -EPROTO);
	CHECK_INT(rdb_scram_verify(&scram, "", 0, NULL), -EPROTO);
	CHECK_INT(rdb_scram_verify(&scram, signature, strlen(signature), NULL), 0);
	rdb_scram_free(&scram);
	rdb_buf_free(&out);
}

static void test_scram_refuses_bad_challenges(void)
{
	static const char *const bad[] = {
		"",
		"r=",
		"e=other-error",
		"r=" RFC_NONCE
		",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=1", /* client's nonce without the server's */
		"r=AAA" RFC_NONCE ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=1",
		"r=" RFC_NONCE "x",
		"r=" RFC_NONCE "x,s=W22ZaJ0SNY7soEsUEjb6gQ==",
		"r=" RFC_NONCE "x,i=1,s=W22ZaJ0SNY7soEsUEjb6gQ==",
		"r=" RFC_NONCE "x,s=,i=1",
		"r=" RFC_NONCE "x,s=====,i=1",
		"r=" RFC_NONCE "x,s=W22,i=1",
		"r=" RFC_NONCE "x,s=W!2Z,i=1",
		"r=" RFC_NONCE "x,s=W22Z,i=",
		"r=" RFC_NONCE "x,s=W22Z,i=0",
		"r=" RFC_NONCE "x,s=W22Z,i=-1",
		"r=" RFC_NONCE "x,s=W22Z,i=1x",
		"r=" RFC_NONCE "x,s=W22Z,i=4000001",
		"r=" RFC_NONCE "x,s=W22Z,i=99999999999",
		"m=ext,r=" RFC_NONCE "x,s=W22Z,i=1",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct rdb_scram scram = {0};
		struct rdb_buf out = {0};
		if (final(bad[i], &scram, &out) != -EPROTO) {
			fprintf(stderr, "taken: %s\n", bad[i]);
			check_failed++;
		}
		rdb_scram_free(&scram);
		rdb_buf_free(&out);
	}
}

static void test_scram_bounds_the_challenge(void)
{
	struct rdb_scram scram = {0};
	struct rdb_buf out = {0}, message = {0};

	rdb_buf_puts(&message, "r=" RFC_NONCE);
	while (message.len <= RDB_SCRAM_MESSAGE_MAX)
		rdb_buf_putc(&message, 'x');
	rdb_buf_puts(&message, ",s=W22Z,i=1");
	CHECK_INT(final(rdb_buf_cstr(&message), &scram, &out), -EPROTO);
	rdb_scram_free(&scram);
	rdb_buf_free(&out);
	rdb_buf_free(&message);
}

/* The limit on the salt counts its bytes, not the padding of their text. */
static void test_scram_bounds_the_salt(void)
{
	static const unsigned char salt[260] = "salt";

	for (int len = 250; len <= 260; len++) {
		struct rdb_scram scram = {0};
		struct rdb_buf out = {0}, message = {0};
		char text[400];

		EVP_EncodeBlock((unsigned char *)text, salt, len);
		rdb_buf_printf(&message, "r=%s1,s=%s,i=1", RFC_NONCE, text);
		CHECK_INT(final(rdb_buf_cstr(&message), &scram, &out), len <= 256 ? 0 : -EPROTO);
		rdb_scram_free(&scram);
		rdb_buf_free(&message);
		rdb_buf_free(&out);
	}
}

static void test_scram_users(void)
{
	struct rdb_scram scram = {0};
	struct rdb_buf out = {0};
	char longer[RDB_SCRAM_USER_MAX + 2] = "";

	REQUIRE(rdb_scram_first(&scram, "a=b,ü", "N", &out, NULL) == 0);
	CHECK_STR(rdb_buf_cstr(&out), "n,,n=a=3Db=2Cü,r=N");
	rdb_scram_free(&scram);
	CHECK_INT(rdb_scram_first(&scram, "", "N", &out, NULL), -EINVAL);
	rdb_scram_free(&scram);
	memset(longer, 'u', sizeof(longer) - 1);
	CHECK_INT(rdb_scram_first(&scram, longer, "N", &out, NULL), -EINVAL);
	rdb_scram_free(&scram);
	rdb_buf_free(&out);
}

static void test_scram_refuses_a_huge_password(void)
{
	struct rdb_scram scram = {0};
	struct rdb_buf out = {0};
	char *longer = calloc(1, RDB_SCRAM_PASSWORD_MAX + 2);

	REQUIRE(longer);
	memset(longer, 'p', RDB_SCRAM_PASSWORD_MAX + 1);
	REQUIRE(rdb_scram_first(&scram, "user", RFC_NONCE, &out, NULL) == 0);
	CHECK_INT(
		rdb_scram_final(&scram, longer, RFC_FIRST, strlen(RFC_FIRST), &out, NULL), -EINVAL);
	rdb_scram_free(&scram);
	rdb_buf_free(&out);
	free(longer);
}

static void test_scram_nonces_differ(void)
{
	char one[RDB_SCRAM_NONCE], other[RDB_SCRAM_NONCE];

	REQUIRE(rdb_scram_nonce(one, NULL) == 0 && rdb_scram_nonce(other, NULL) == 0);
	CHECK_INT(strlen(one), RDB_SCRAM_NONCE - 1);
	CHECK(strcmp(one, other) != 0);
	CHECK(!strchr(one, ','));
}

/* ---- query text ---- */

static void check_text(struct rdb_buf *buf, int rc, const char *expected)
{
	CHECK_INT(rc, 0);
	CHECK_STR(rdb_buf_cstr(buf), expected);
	rdb_buf_clear(buf);
}

#define T "[15,[[14,[\"db\"]],\"t\"]]"

static void test_term_format(void)
{
	struct rdb_buf buf = {0};

	check_text(&buf, rdb_term_format(&buf, ""), "");
	check_text(&buf,
		rdb_term_format(&buf, "<%s %d %t %j %i>", "a\"\n\x01é", "b", "c", "d", "[]", -7),
		"<\"a\\\"\\n\\u0001é\" [14,[\"b\"]] [15,[[14,[\"c\"]],\"d\"]] [1,[]] -7>");
	CHECK_INT(rdb_term_format(&buf, "[%j]", "1],[2"), -EINVAL);
	CHECK_INT(buf.len, 0);
	rdb_buf_free(&buf);
}

static void test_term_queries(void)
{
	struct rdb_buf buf = {0};

	check_text(&buf, rdb_query_db_list(&buf), "[1,[59,[]]]");
	check_text(&buf, rdb_query_db_create(&buf, "db"), "[1,[57,[\"db\"]]]");
	check_text(&buf, rdb_query_table_list(&buf, "db"), "[1,[62,[[14,[\"db\"]]]]]");
	check_text(&buf, rdb_query_table_info(&buf, "db", "t"), "[1,[79,[" T "]]]");
	check_text(&buf, rdb_query_index_status(&buf, "db", "t"), "[1,[139,[" T "]]]");
	check_text(&buf, rdb_query_write_hook(&buf, "db", "t"), "[1,[190,[" T "]]]");
	check_text(&buf, rdb_query_count(&buf, "db", "t"), "[1,[43,[" T "]]]");
	check_text(&buf, rdb_query_sync(&buf, "db", "t"), "[1,[138,[" T "]]]");
	check_text(&buf, rdb_query_table_drop(&buf, "db", "t"), "[1,[61,[[14,[\"db\"]],\"t\"]]]");
	check_text(&buf, rdb_query_table_rename(&buf, "db", "t", "u"),
		"[1,[53,[[174,[" T "]],{\"name\":\"u\"}]]]");
	check_text(&buf, rdb_query_table_wait(&buf, "db", "t", 30),
		"[1,[177,[" T "],{\"timeout\":30,\"wait_for\":\"all_replicas_ready\"}]]");
	check_text(&buf, rdb_query_table_create(&buf, "db", "t", "k", 0, 0),
		"[1,[60,[[14,[\"db\"]],\"t\"],{\"primary_key\":\"k\"}]]");
	check_text(&buf, rdb_query_table_create(&buf, "db", "t", "k\"", 2, 3),
		"[1,[60,[[14,[\"db\"]],\"t\"],{\"primary_key\":\"k\\\"\",\"shards\":2,\"replicas\":"
		"3}]"
		"]");
	check_text(&buf, rdb_query_index_create(&buf, "db", "t", "i", "{\"f\":1}"),
		"[1,[75,[" T ",\"i\",[1,{\"f\":1}]]]]");
	check_text(&buf, rdb_query_index_rename(&buf, "db", "t", "i", "j\""),
		"[1,[156,[" T ",\"i\",\"j\\\"\"],{\"overwrite\":true}]]");
	check_text(&buf, rdb_query_index_drop(&buf, "db", "t", "i"), "[1,[76,[" T ",\"i\"]]]");
	check_text(&buf, rdb_query_set_write_hook(&buf, "db", "t", NULL),
		"[1,[189,[" T ",[1,null]]]]");
	check_text(
		&buf, rdb_query_set_write_hook(&buf, "db", "t", "{}"), "[1,[189,[" T ",[1,{}]]]]");
	rdb_buf_free(&buf);
}

static void test_term_read(void)
{
	struct rdb_query_read read = {.db = "db", .table = "t", .primary_key = "id"};
	struct rdb_buf buf = {0};

	check_text(&buf, rdb_query_read(&buf, &read), "[1,[41,[" T "],{\"index\":\"id\"}]]");
	read.mode = RDB_READ_OUTDATED;
	read.batch_bytes = 4194304;
	check_text(&buf, rdb_query_read(&buf, &read),
		"[1,[41,[[15,[[14,[\"db\"]],\"t\"],{\"read_mode\":\"outdated\"}]],{\"index\":"
		"\"id\"}],"
		"{\"max_batch_bytes\":4194304,\"max_batch_rows\":100000,\"max_batch_seconds\":5,"
		"\"first_batch_scaledown_factor\":1}]");
	read.mode = RDB_READ_MAJORITY;
	read.batch_bytes = 0;
	read.after = "[1,[\"]\\\"[\",2]]";
	read.after_len = strlen(read.after);
	check_text(&buf, rdb_query_read(&buf, &read),
		"[1,[41,[[182,[[15,[[14,[\"db\"]],\"t\"],{\"read_mode\":\"majority\"}],"
		"[2,[1,[2,[\"]\\\"[\",2]]]],[181,[]]],{\"left_bound\":\"open\"}]],{\"index\":"
		"\"id\"}]]");
	read.after = "[1";
	read.after_len = 2;
	CHECK_INT(rdb_query_read(&buf, &read), -EINVAL);
	CHECK_INT(buf.len, 0);
	rdb_buf_free(&buf);
}

static void test_term_insert(void)
{
	struct rdb_query_insert insert = {.conflict = RDB_CONFLICT_ERROR};
	struct rdb_buf buf = {0};

	REQUIRE(rdb_query_insert_begin(&buf, "db", "t") == 0);
	REQUIRE(rdb_buf_puts(&buf, "[2,[{}]]") == 0);
	check_text(&buf, rdb_query_insert_end(&buf, &insert),
		"[1,[56,[" T ",[2,[{}]]],{\"durability\":\"soft\",\"conflict\":\"error\"}]]");
	insert = (struct rdb_query_insert){RDB_CONFLICT_REPLACE, true, true};
	check_text(&buf, rdb_query_insert_end(&buf, &insert),
		"],{\"durability\":\"hard\",\"conflict\":\"replace\",\"ignore_write_hook\":true}]"
		"]");
	rdb_buf_free(&buf);
}

static void test_term_names(void)
{
	CHECK(rdb_term_is_name("a-B_9"));
	CHECK(!rdb_term_is_name(""));
	CHECK(!rdb_term_is_name("a.b"));
	CHECK(!rdb_term_is_name("a/b"));
	CHECK(!rdb_term_is_name("é"));
}

/* ---- frames ---- */

static size_t feed(
	struct rdb_frame *frame, const unsigned char *data, size_t len, size_t at_most, int *whole)
{
	size_t room, took = 0;
	void *where;

	*whole = 0;
	while (took < len && *whole == 0) {
		REQUIRE(rdb_frame_space(frame, &where, &room) == 0);
		REQUIRE(room > 0);
		if (room > len - took)
			room = len - took;
		if (room > at_most)
			room = at_most;
		memcpy(where, data + took, room);
		took += room;
		*whole = rdb_frame_filled(frame, room, NULL);
	}
	return took;
}

static void test_frame_from_pieces(void)
{
	unsigned char data[RDB_FRAME_HEADER + 5 + RDB_FRAME_HEADER];
	struct rdb_frame frame = {.max = 5};
	size_t took;
	int whole;

	rdb_frame_put_header(data, -2, 5);
	memcpy(data + RDB_FRAME_HEADER, "hello", 5);
	rdb_frame_put_header(data + RDB_FRAME_HEADER + 5, INT64_MAX, 0);
	CHECK_INT(data[0], 0xfe);
	CHECK_INT(data[8], 5);
	for (size_t piece = 1; piece <= sizeof(data); piece++) {
		took = feed(&frame, data, sizeof(data), piece, &whole);
		CHECK_INT(whole, 1);
		CHECK_INT(took, RDB_FRAME_HEADER + 5);
		CHECK_INT(frame.token, -2);
		CHECK_STR(rdb_buf_cstr(&frame.body), "hello");
		rdb_frame_reset(&frame);
		feed(&frame, data + took, sizeof(data) - took, piece, &whole);
		CHECK_INT(whole, 1);
		CHECK_INT(frame.token, INT64_MAX);
		CHECK_INT(frame.body.len, 0);
		rdb_frame_reset(&frame);
	}
	rdb_frame_free(&frame);
}

static void test_frame_bounds(void)
{
	unsigned char data[RDB_FRAME_HEADER];
	struct rdb_frame frame = {.max = 1000};
	struct rdb_err err = {0};
	size_t room;
	void *where;
	int whole;

	rdb_frame_put_header(data, 1, 1001);
	feed(&frame, data, sizeof(data), sizeof(data), &whole);
	CHECK_INT(whole, -EMSGSIZE);
	rdb_frame_free(&frame);

	/* Memory is allocated for received data, not for the announced length. */
	frame = (struct rdb_frame){.max = UINT32_MAX};
	rdb_frame_put_header(data, 1, UINT32_MAX);
	feed(&frame, data, sizeof(data), sizeof(data), &whole);
	CHECK_INT(whole, 0);
	REQUIRE(rdb_frame_space(&frame, &where, &room) == 0);
	CHECK(frame.body.cap <= 1024 * 1024);
	CHECK_INT(rdb_frame_filled(&frame, 1, &err), 0);
	rdb_frame_free(&frame);
}

/* ---- responses ---- */

static int parse(struct rdb_response *response, const char *text)
{
	rdb_buf_clear(&response->body);
	REQUIRE(rdb_buf_puts(&response->body, text) == 0);
	return rdb_response_parse(response, NULL);
}

static void check_span(struct rdb_json_span span, const char *expected)
{
	char text[256];

	snprintf(text, sizeof(text), "%.*s", (int)span.len, span.data ? span.data : "");
	CHECK_STR(text, expected);
}

static void test_response_members(void)
{
	struct rdb_response response = {0};
	struct rdb_json_span atom;

	CHECK_INT(parse(&response, "{\"t\":3,\"r\":[{\"a\":\"]}\\\"\"},[1]],\"n\":[]}"), 0);
	CHECK_INT(response.type, RDB_RESPONSE_PARTIAL);
	check_span(response.r, "[{\"a\":\"]}\\\"\"},[1]]");
	check_span(rdb_response_rows(&response), "[{\"a\":\"]}\\\"\"},[1]]");
	CHECK_INT(parse(&response, " { \"n\" : [ ] , \"profile\":{\"r\":[]},\"r\" : [ [1,2] ] , "
				   "\"t\" : 1 } "),
		0);
	CHECK_INT(rdb_response_atom(&response, &atom, NULL), 0);
	check_span(atom, "[1,2]");
	check_span(rdb_response_rows(&response), "[1,2]");
	CHECK_INT(parse(&response, "{\"t\":2,\"r\":[]}"), 0);
	CHECK_INT(rdb_response_atom(&response, &atom, NULL), -EPROTO);
	CHECK_INT(parse(&response, "{\"t\":1,\"r\":[1,2]}"), 0);
	CHECK_INT(rdb_response_atom(&response, &atom, NULL), -EPROTO);
	rdb_response_free(&response);
}

static void test_response_refused(void)
{
	static const char *const bad[] = {"", "{", "{}", "[]", "null", "{\"t\":1}", "{\"r\":[]}",
		"{\"t\":1,\"r\":{}}", "{\"t\":9,\"r\":[]}", "{\"t\":-1,\"r\":[]}",
		"{\"t\":\"1\",\"r\":[]}", "{\"t\":99999999999,\"r\":[]}", "{\"t\":1,\"r\":[}",
		"{\"t\":1,\"r\":[\"]}", "{\"t\":1,\"r\":[]} x", "{\"t\":1,\"r\":[]",
		"{\"t\":1,\"r\":[],}", "{\"t\":1 \"r\":[]}", "{\"t\":1,\"r\":}",
		"{\"t\":1,\"r\":[\\"};
	struct rdb_response response = {0};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (parse(&response, bad[i]) != -EPROTO) {
			fprintf(stderr, "taken: %s\n", bad[i]);
			check_failed++;
		}
	rdb_response_free(&response);
}

static void check_error(const char *text, int code, const char *words)
{
	struct rdb_response response = {0};
	struct rdb_err err = {0};

	REQUIRE(parse(&response, text) == 0);
	CHECK_INT(rdb_response_check(&response, &err), -code);
	CHECK_STR(err.text, words);
	rdb_response_free(&response);
}

static void test_response_errors(void)
{
	check_error("{\"t\":1,\"r\":[]}", 0, "");
	check_error("{\"t\":18,\"e\":4100000,\"r\":[\"Database `x` does not exist.\"],\"b\":[0]}",
		ENOENT, "Database `x` does not exist.");
	check_error("{\"t\":18,\"e\":4100000,\"r\":[\"Index `i` does not exist on table `a.b`.\"]}",
		ENOENT, "Index `i` does not exist on table `a.b`.");
	check_error("{\"t\":18,\"e\":3100000,\"r\":[\"No results for x.\"]}", ENOENT,
		"No results for x.");
	check_error("{\"t\":18,\"e\":4100000,\"r\":[\"Table `a.b` already exists.\"]}", EEXIST,
		"Table `a.b` already exists.");
	check_error("{\"t\":18,\"e\":4100000,\"r\":[\"Cannot perform read: primary replica for "
		    "shard [\\\"\\\", +inf) not available\"]}",
		EAGAIN,
		"Cannot perform read: primary replica for shard [\"\", +inf) not available");
	check_error("{\"t\":18,\"e\":4100000,\"r\":[\"None of the replicas for this table are "
		    "accessible.\"]}",
		EAGAIN, "None of the replicas for this table are accessible.");
	check_error("{\"t\":18,\"e\":4100000,\"r\":[\"Read aborted by unshard operation.\"]}",
		EAGAIN, "Read aborted by unshard operation.");
	check_error(
		"{\"t\":18,\"e\":1000000,\"r\":[\"Unexpected exception: The attempt failed because "
		"none of the servers were accessible.\"]}",
		EAGAIN,
		"Unexpected exception: The attempt failed because none of the servers were "
		"accessible.");
	check_error("{\"t\":18,\"e\":4200000,\"r\":[\"Cannot perform write: lost contact\"]}",
		EREMOTEIO, "Cannot perform write: lost contact");
	check_error("{\"t\":18,\"e\":6000000,\"r\":[\"User `u` does not have the required `config` "
		    "permission.\"]}",
		EACCES, "User `u` does not have the required `config` permission.");
	check_error(
		"{\"t\":18,\"e\":3000000,\"r\":[\"Expected x:\\n{\\n}\"]}", EINVAL, "Expected x:");
	check_error("{\"t\":18,\"e\":2000000,\"r\":[\"Array over size limit\"]}", EIO,
		"Array over size limit");
	check_error("{\"t\":18,\"e\":1000000,\"r\":[\"x\"]}", EIO, "x");
	check_error("{\"t\":18,\"e\":7,\"r\":[]}", EIO, "the server gives no reason");
	check_error("{\"t\":17,\"r\":[\"Unrecognized TermType: 190.\"],\"b\":[]}", EOPNOTSUPP,
		"Unrecognized TermType: 190.");
	check_error("{\"t\":17,\"r\":[\"Unrecognized optional argument `ignore_write_hook`.\"]}",
		EOPNOTSUPP, "Unrecognized optional argument `ignore_write_hook`.");
	check_error("{\"t\":17,\"r\":[\"Expected 1 argument\"]}", EINVAL, "Expected 1 argument");
	check_error("{\"t\":16,\"r\":[\"Client is buggy\"]}", EINVAL, "Client is buggy");
}

static void test_retry_classes(void)
{
	CHECK_INT(rdb_retry_of(-EAGAIN), RDB_RETRY_ALWAYS);
	CHECK_INT(rdb_retry_of(-ECONNREFUSED), RDB_RETRY_ALWAYS);
	CHECK_INT(rdb_retry_of(-ECONNRESET), RDB_RETRY_IDEMPOTENT);
	CHECK_INT(rdb_retry_of(-ETIMEDOUT), RDB_RETRY_IDEMPOTENT);
	CHECK_INT(rdb_retry_of(-EREMOTEIO), RDB_RETRY_IDEMPOTENT);
	CHECK_INT(rdb_retry_of(-EACCES), RDB_RETRY_NEVER);
	CHECK_INT(rdb_retry_of(-EINTR), RDB_RETRY_NEVER);
	CHECK_INT(rdb_retry_of(-EIO), RDB_RETRY_NEVER);
}

int main(void)
{
	RUN(test_address_forms);
	RUN(test_address_user_and_password);
	RUN(test_address_refused);
	RUN(test_address_error_shows_no_password);
	RUN(test_scram_vector);
	RUN(test_scram_refuses_a_false_signature);
	RUN(test_scram_refuses_bad_challenges);
	RUN(test_scram_bounds_the_challenge);
	RUN(test_scram_bounds_the_salt);
	RUN(test_scram_users);
	RUN(test_scram_refuses_a_huge_password);
	RUN(test_scram_nonces_differ);
	RUN(test_term_format);
	RUN(test_term_queries);
	RUN(test_term_read);
	RUN(test_term_insert);
	RUN(test_term_names);
	RUN(test_frame_from_pieces);
	RUN(test_frame_bounds);
	RUN(test_response_members);
	RUN(test_response_refused);
	RUN(test_response_errors);
	RUN(test_retry_classes);
	CHECK_EXIT();
}
