/* Documents of a table by primary key, and in the order of the table. */
#include "archive/table_keys.h"

#include "unit/archive.h"

#include <errno.h>
#include <zlib.h>

#define ID_INFO "{\"primary_key\": \"id\", \"indexes\": []}\n"

/* An archive of one table, and what is opened of it. */
struct table {
	struct backup backup;
	struct rdb_archive_env *env;
	struct rdb_archive *archive;
	struct rdb_table_keys *keys;
};

/* info: NULL for none; after: behind the documents. */
static struct table pack_table(
	const char *file, const char *text, size_t len, const char *info, bool after)
{
	struct table t = {0};
	char path[64];

	snprintf(path, sizeof(path), "dump/shop/%s", file);
	backup_begin(&t.backup, "gzip");
	if (info && !after)
		backup_add(&t.backup, "dump/shop/things.info", info, strlen(info));
	backup_add(&t.backup, path, text, len);
	if (info && after)
		backup_add(&t.backup, "dump/shop/things.info", info, strlen(info));
	backup_end(&t.backup);
	return t;
}

static int open_keys(struct table *t, const char *index_dir, const char *file, struct rdb_err *err)
{
	struct rdb_member member;

	t->env = make_env(index_dir);
	t->archive = open_bytes(t->env, t->backup.bytes.data, t->backup.bytes.len);
	CHECK_INT(rdb_archive_list_complete(t->archive, NULL), 0);
	REQUIRE(rdb_archive_find(t->archive, "shop", file, &member) == 0);
	return rdb_table_keys_open(t->archive, &member, NULL, &t->keys, err);
}

static void close_keys(struct table *t)
{
	rdb_table_keys_close(t->keys);
	rdb_archive_unref(t->archive);
	rdb_archive_env_destroy(t->env);
	t->keys = NULL;
}

static void close_table(struct table *t)
{
	close_keys(t);
	rdb_buf_free(&t->backup.bytes);
}

static struct table open_table(const char *file, const char *text, const char *info)
{
	struct table t = pack_table(file, text, strlen(text), info, false);

	REQUIRE(open_keys(&t, NULL, file, NULL) == 0);
	return t;
}

/* Looks a key up by its JSON text. */
static int find(struct table *t, const char *json, struct rdb_buf *text, struct rdb_err *err)
{
	struct rdb_primary_key key;

	REQUIRE(rdb_primary_key_encode((struct rdb_json_span){json, strlen(json)}, &key) == 0);
	rdb_buf_clear(text);
	return rdb_table_keys_find(t->keys, &key, NULL, text, err);
}

static void check_find(struct table *t, const char *key, const char *document)
{
	struct rdb_buf text = {0};

	CHECK_INT(find(t, key, &text, NULL), 0);
	CHECK_STR(rdb_buf_cstr(&text), document);
	rdb_buf_free(&text);
}

static void check_missing(struct table *t, const char *key)
{
	struct rdb_buf text = {0};

	CHECK_INT(find(t, key, &text, NULL), -ENOENT);
	CHECK_INT(text.len, 0);
	rdb_buf_free(&text);
}

/* Keys from a document on, separated by spaces. */
static void check_order(struct table *t, uint64_t from, const char *expected)
{
	struct rdb_table_document document;
	struct rdb_table_cursor *cursor;
	struct rdb_buf out = {0};
	uint64_t ordinal = from;
	int ret;

	REQUIRE(rdb_table_cursor_open(t->keys, from, NULL, &cursor) == 0);
	while ((ret = rdb_table_cursor_next(cursor, &document, NULL)) == 1) {
		CHECK_INT(document.ordinal, ordinal++);
		rdb_buf_printf(&out, "%.*s ", (int)document.key.len, document.key.data);
	}
	CHECK_INT(ret, 0);
	CHECK_INT(rdb_table_cursor_next(cursor, &document, NULL), 0);
	CHECK_STR(rdb_buf_cstr(&out), expected);
	rdb_buf_free(&out);
	rdb_table_cursor_close(cursor);
}

/* ---- kinds of keys ---- */

#define BINARY "{\"$reql_type$\": \"BINARY\", \"data\": \"AAEC\"}"
#define TIME "{\"$reql_type$\": \"TIME\", \"epoch_time\": 17.5, \"timezone\": \"+00:00\"}"
#define LONG_KEY                                                                                   \
	"\"\xd0\x9d\xd0\x9d\xd0\x9d\xd0\x9d\xd0\x9d\xd0\x9d\xd0\x9d\xd0\x9d\xd0\x9d\xd0\x9d"       \
	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"   \
	"xxxxxxxxxxxxxxxxxxxxx\""

static void test_every_type(void)
{
	struct table t = open_table("things.json",
		"[{\"id\": [\"a\", 1]},\n{\"id\": [\"b\", [true]]},\n{\"id\": false},\n"
		"{\"id\": true},\n{\"id\": -3},\n{\"id\": 17},\n{\"id\": 1e3},\n{\"id\": " BINARY
		"},\n{\"id\": " TIME "},\n{\"id\": \"\"},\n{\"id\": \"17\"},\n"
		"{\"id\": \"a\\\"b\"},\n{\"id\": " LONG_KEY "}\n]\n",
		ID_INFO);

	CHECK(rdb_table_keys_mixed(t.keys));
	CHECK_STR(rdb_table_keys_name(t.keys), "id");
	check_find(&t, "[\"a\",1]", "{\"id\": [\"a\", 1]}");
	check_find(&t, "[\"b\",[true]]", "{\"id\": [\"b\", [true]]}");
	check_find(&t, "false", "{\"id\": false}");
	check_find(&t, "true", "{\"id\": true}");
	check_find(&t, "-3.0", "{\"id\": -3}");
	check_find(&t, "17", "{\"id\": 17}");
	check_find(&t, "1000", "{\"id\": 1e3}");
	check_find(&t, BINARY, "{\"id\": " BINARY "}");
	check_find(&t, TIME, "{\"id\": " TIME "}");
	check_find(&t, "\"\"", "{\"id\": \"\"}");
	check_find(&t, "\"17\"", "{\"id\": \"17\"}");
	check_find(&t, "\"a\\u0022b\"", "{\"id\": \"a\\\"b\"}");
	check_find(&t, LONG_KEY, "{\"id\": " LONG_KEY "}");
	check_missing(&t, "18");
	check_missing(&t, "\"18\"");
	check_missing(&t, "[\"a\",2]");
	check_missing(&t, "\"zzz\"");
	check_missing(&t, "[]");
	check_order(&t, 9, "\"\" \"17\" \"a\\\"b\" " LONG_KEY " ");
	check_order(&t, 13, "");
	check_order(&t, 1000, "");
	close_table(&t);
}

static void test_out_of_order(void)
{
	struct table t = open_table("things.json",
		"[\n{\"id\": \"c\"},\n{\"id\": 7},\n{\"id\": \"a\", \"first\": true},\n"
		"{\"id\": \"b\"},\n{\"id\": \"a\"}\n]\n",
		ID_INFO);

	check_find(&t, "7", "{\"id\": 7}");
	check_find(&t, "\"b\"", "{\"id\": \"b\"}");
	check_find(&t, "\"c\"", "{\"id\": \"c\"}");
	check_find(&t, "\"a\"", "{\"id\": \"a\", \"first\": true}");
	check_missing(&t, "\"aa\"");
	check_order(&t, 0, "\"c\" 7 \"a\" \"b\" \"a\" ");
	check_order(&t, 3, "\"b\" \"a\" ");
	close_table(&t);
}

/* ---- kinds of tables ---- */

static void test_another_key(void)
{
	const char text[] = "[{\"id\": 1, \"mail\": \"a@x\"},{\"id\": 2, \"mail\": \"b@x\"}]";
	struct table t;

	for (int after = 0; after < 2; after++) {
		t = pack_table("things.json", text, strlen(text), "{\"primary_key\": \"mail\"}",
			after > 0);
		REQUIRE(open_keys(&t, NULL, "things.json", NULL) == 0);
		CHECK_STR(rdb_table_keys_name(t.keys), "mail");
		CHECK(!rdb_table_keys_mixed(t.keys));
		check_find(&t, "\"b@x\"", "{\"id\": 2, \"mail\": \"b@x\"}");
		check_missing(&t, "2");
		close_table(&t);
	}
}

static void test_without_info(void)
{
	struct table t = open_table("things.json", "[{\"id\": 1},{\"id\": 2}]", NULL);

	check_find(&t, "2", "{\"id\": 2}");
	close_table(&t);
}

static void check_no_key(const char *text, const char *info, const char *words)
{
	struct table t = pack_table("things.json", text, strlen(text), info, false);
	struct rdb_err err = {0};

	CHECK_INT(open_keys(&t, NULL, "things.json", &err), -EIO);
	CHECK_INT(err.code, EIO);
	CHECK(strstr(err.text, words) != NULL);
	close_table(&t);
}

static void test_without_a_key(void)
{
	check_no_key("[{\"name\": 1}]", NULL, "no .info");
	check_no_key("[{\"id\": 1}]", "{\"primary_key\": \"mail\"}", "primary key \"mail\"");
	check_no_key("[{\"id\": null}]", ID_INFO, "primary key \"id\"");
	check_no_key("[1]", NULL, "no .info");
}

static void test_no_documents(void)
{
	struct table t = open_table("things.json", "[{\"id\": 1},,{\"id\": 2}]", ID_INFO);
	struct rdb_buf text = {0};
	struct rdb_err err = {0};

	CHECK_INT(find(&t, "2", &text, &err), -EIO);
	CHECK(strstr(err.text, "document") != NULL);
	rdb_buf_free(&text);
	close_table(&t);
}

static void test_empty(void)
{
	struct table t = open_table("things.json", "[\n]\n", ID_INFO);

	check_missing(&t, "1");
	check_order(&t, 0, "");
	CHECK(!rdb_table_keys_mixed(t.keys));
	close_table(&t);
}

static void test_lines(void)
{
	struct table t = open_table("things.ndjson", "{\"id\": 2}\n{\"id\": 1}\n{\"id\": 3}", NULL);

	check_find(&t, "1", "{\"id\": 1}");
	check_find(&t, "3", "{\"id\": 3}");
	check_missing(&t, "4");
	check_order(&t, 1, "1 3 ");
	close_table(&t);
}

static void test_rows(void)
{
	struct table t = open_table("things.csv", "name,id\nx,b\r\n\"y\ny\",a\nz,c", NULL);

	check_find(&t, "\"a\"", "{\"name\":\"y\\ny\",\"id\":\"a\"}");
	check_find(&t, "\"c\"", "{\"name\":\"z\",\"id\":\"c\"}");
	check_missing(&t, "\"d\"");
	check_order(&t, 1, "\"a\" \"c\" ");
	close_table(&t);
}

static void test_packed(void)
{
	const char text[] = "[{\"id\": 1},\n{\"id\": 2},\n{\"id\": 3}]\n";
	z_stream z = {0};
	char packed[256];

	REQUIRE(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
	z.next_in = (Bytef *)(uintptr_t)text;
	z.avail_in = sizeof(text) - 1;
	z.next_out = (Bytef *)packed;
	z.avail_out = sizeof(packed);
	REQUIRE(deflate(&z, Z_FINISH) == Z_STREAM_END);
	deflateEnd(&z);

	struct table t = pack_table("things.json", packed, z.total_out, ID_INFO, false);
	REQUIRE(open_keys(&t, NULL, "things.json", NULL) == 0);
	check_find(&t, "3", "{\"id\": 3}");
	check_missing(&t, "4");
	check_order(&t, 1, "2 3 ");
	close_table(&t);
}

static void test_a_folder(void)
{
	struct rdb_archive_env *env = make_env(NULL);
	struct table t = {.env = env};
	struct rdb_member member;
	char *path = make_folder(), file[256];
	FILE *out;

	snprintf(file, sizeof(file), "%s/shop", path);
	REQUIRE(mkdir(file, 0700) == 0);
	snprintf(file, sizeof(file), "%s/shop/things.json", path);
	out = fopen(file, "w");
	fputs("[{\"k\": 1},{\"k\": 2}]", out);
	fclose(out);
	snprintf(file, sizeof(file), "%s/shop/things.info", path);
	out = fopen(file, "w");
	fputs("{\"primary_key\": \"k\"}", out);
	fclose(out);
	REQUIRE(rdb_archive_open_dir(
			env, open(path, O_RDONLY | O_DIRECTORY), "folder", &t.archive, NULL) == 0);
	CHECK_INT(rdb_archive_list_complete(t.archive, NULL), 0);
	REQUIRE(rdb_archive_find(t.archive, "shop", "things.json", &member) == 0);
	REQUIRE(rdb_table_keys_open(t.archive, &member, NULL, &t.keys, NULL) == 0);
	check_find(&t, "2", "{\"k\": 2}");
	check_missing(&t, "3");
	close_keys(&t);
	unlink(file);
	snprintf(file, sizeof(file), "%s/shop/things.json", path);
	unlink(file);
	snprintf(file, sizeof(file), "%s/shop", path);
	rmdir(file);
	remove_folder(path);
}

static void test_cancelled(void)
{
	struct table t = open_table("things.json", "[{\"id\": 1},{\"id\": 2}]", ID_INFO);
	const struct rdb_json_span json = {"2", 1};
	struct rdb_table_document document;
	struct rdb_table_cursor *cursor;
	struct rdb_primary_key key;
	struct rdb_cancel cancel;
	struct rdb_buf text = {0};

	REQUIRE(rdb_cancel_init(&cancel) == 0);
	rdb_cancel_fire(&cancel);
	REQUIRE(rdb_primary_key_encode(json, &key) == 0);
	CHECK_INT(rdb_table_keys_find(t.keys, &key, &cancel, &text, NULL), -ECANCELED);
	REQUIRE(rdb_table_cursor_open(t.keys, 0, &cancel, &cursor) == 0);
	CHECK_INT(rdb_table_cursor_next(cursor, &document, NULL), -ECANCELED);
	CHECK_INT(rdb_table_cursor_next(cursor, &document, NULL), -ECANCELED);
	rdb_table_cursor_close(cursor);
	check_find(&t, "2", "{\"id\": 2}");
	rdb_cancel_destroy(&cancel);
	close_table(&t);
}

int main(void)
{
	RUN(test_every_type);
	RUN(test_out_of_order);
	RUN(test_another_key);
	RUN(test_without_info);
	RUN(test_without_a_key);
	RUN(test_no_documents);
	RUN(test_empty);
	RUN(test_lines);
	RUN(test_rows);
	RUN(test_packed);
	RUN(test_a_folder);
	RUN(test_cancelled);
	CHECK_EXIT();
}
