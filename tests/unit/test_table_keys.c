/* Documents of a table by primary key, and in the order of the table. */
#include "keys/table_keys.h"

#include "compare/archive_documents.h"
#include "compare/compare.h"
#include "compare/sorted_documents.h"
#include "io/scratch.h"
#include "keys/key_hashes.h"
#include "unit/archive.h"

#include <errno.h>
#include <zlib.h>

#define ID_INFO "{\"primary_key\": \"id\", \"indexes\": []}\n"

/* An archive of one table, and its opened objects. */
struct table {
	struct backup backup;
	struct rdb_archive_env *env;
	struct rdb_archive *archive;
	struct rdb_table_keys *keys;
};

/* Packs a table. info: NULL for none; after: the .info follows the documents. */
static struct table pack_as(const char *filter, const char *file, const char *text, size_t len,
	const char *info, bool after)
{
	struct table t = {0};
	char path[64];

	snprintf(path, sizeof(path), "dump/shop/%s", file);
	backup_begin(&t.backup, filter);
	if (info && !after)
		backup_add(&t.backup, "dump/shop/things.info", info, strlen(info));
	backup_add(&t.backup, path, text, len);
	if (info && after)
		backup_add(&t.backup, "dump/shop/things.info", info, strlen(info));
	backup_end(&t.backup);
	return t;
}

static struct table pack_table(
	const char *file, const char *text, size_t len, const char *info, bool after)
{
	return pack_as("gzip", file, text, len, info, after);
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

/* Finds a key by its JSON text. */
static int find(struct table *t, const char *json, struct rdb_buf *text, struct rdb_err *err)
{
	struct rdb_primary_key key;

	REQUIRE(rdb_primary_key_encode((struct rdb_json_span){json, strlen(json)}, &key) == 0);
	rdb_buf_clear(text);
	return rdb_table_keys_find(t->keys, &key, NULL, text, NULL, err);
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

/* Checks the keys from a document on, separated by spaces. */
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
	CHECK(rdb_table_keys_mixed(t.keys));
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
	CHECK_INT(rdb_table_keys_find(t.keys, &key, &cancel, &text, NULL, NULL), -ECANCELED);
	REQUIRE(rdb_table_cursor_open(t.keys, 0, &cancel, &cursor) == 0);
	CHECK_INT(rdb_table_cursor_next(cursor, &document, NULL), -ECANCELED);
	CHECK_INT(rdb_table_cursor_next(cursor, &document, NULL), -ECANCELED);
	rdb_table_cursor_close(cursor);
	check_find(&t, "2", "{\"id\": 2}");
	rdb_cancel_destroy(&cancel);
	close_table(&t);
}

/* ---- large tables ---- */

#define MANY 40000 /* documents; some MiB of text, so that there are several regions */

enum order { ASCENDING, SHUFFLED, LATE };

/* Number of the document at an index. */
static unsigned key_at(enum order order, unsigned i)
{
	if (order == SHUFFLED)
		return (unsigned)((uint64_t)i * 7919 % MANY);
	return order == LATE && i + 2 >= MANY ? (i + 2 == MANY ? i + 1 : i - 1) : i;
}

static struct rdb_buf many(const char *file, enum order order)
{
	bool lines = strstr(file, ".ndjson"), rows = strstr(file, ".csv");
	struct rdb_buf text = {0};

	rdb_buf_puts(&text, lines ? "" : rows ? "id,filler\n" : "[");
	for (unsigned i = 0; i < MANY; i++) {
		unsigned key = key_at(order, i);
		if (rows)
			rdb_buf_printf(&text, "k%06u,%064u\n", key, i);
		else
			rdb_buf_printf(&text, "%s\n{\"id\": \"k%06u\", \"filler\": \"%064u\"}",
				i && !lines ? "," : "", key, i);
	}
	rdb_buf_puts(&text, lines || rows ? "" : "\n]\n");
	return text;
}

static void check_many(struct table *t, const char *file, enum order order)
{
	struct rdb_buf text = {0}, expected = {0};
	struct rdb_table_document document;
	struct rdb_table_cursor *cursor;
	const char *space = strstr(file, ".csv") ? "" : " ";
	char key[32];

	for (unsigned i = 0; i < MANY; i += i < 3 || i + 5 > MANY ? 1 : 1237) {
		snprintf(key, sizeof(key), "\"k%06u\"", key_at(order, i));
		CHECK_INT(find(t, key, &text, NULL), 0);
		rdb_buf_clear(&expected);
		rdb_buf_printf(&expected, "{\"id\":%s\"k%06u\",%s\"filler\":%s\"%064u\"}", space,
			key_at(order, i), space, space, i);
		CHECK_STR(rdb_buf_cstr(&text), rdb_buf_cstr(&expected));
		snprintf(key, sizeof(key), "\"k%06ux\"", key_at(order, i));
		CHECK_INT(find(t, key, &text, NULL), -ENOENT);
	}
	CHECK_INT(find(t, "\"a\"", &text, NULL), -ENOENT);
	CHECK_INT(find(t, "\"z\"", &text, NULL), -ENOENT);
	CHECK_INT(find(t, "5", &text, NULL), -ENOENT);
	REQUIRE(rdb_table_cursor_open(t->keys, 23456, NULL, &cursor) == 0);
	CHECK_INT(rdb_table_cursor_next(cursor, &document, NULL), 1);
	CHECK_INT(document.ordinal, 23456);
	snprintf(key, sizeof(key), "\"k%06u\"", key_at(order, 23456));
	CHECK(document.key.len == strlen(key) && memcmp(document.key.data, key, strlen(key)) == 0);
	rdb_table_cursor_close(cursor);
	rdb_buf_free(&text);
	rdb_buf_free(&expected);
}

static struct table pack_many(const char *file, enum order order)
{
	struct rdb_buf text = many(file, order);
	struct table t = pack_table(file, text.data, text.len, NULL, false);

	rdb_buf_free(&text);
	return t;
}

/* An uncompressed archive, of which parts are readable. */
static struct table pack_plain(enum order order)
{
	struct rdb_buf text = many("things.json", order);
	struct table t = pack_as(NULL, "things.json", text.data, text.len, NULL, false);

	rdb_buf_free(&text);
	return t;
}

static void test_many_documents_in_each_order(void)
{
	static const char *const files[] = {"things.json", "things.ndjson", "things.csv"};
	struct table t;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		for (enum order order = ASCENDING; order <= LATE; order++) {
			t = pack_many(files[i], order);
			REQUIRE(open_keys(&t, NULL, files[i], NULL) == 0);
			check_many(&t, files[i], order);
			close_table(&t);
		}
}

/* Name of the file of keys in a folder of indexes; NULL: none. The caller frees it. */
static char *keys_file(const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	char *path = NULL;

	REQUIRE(dir);
	while ((entry = readdir(dir)))
		if (strstr(entry->d_name, ".keys"))
			REQUIRE(!path && asprintf(&path, "%s/%s", folder, entry->d_name) > 0);
	closedir(dir);
	return path;
}

/* Like open_keys(), with a source that is unreadable after its first quarter. */
static struct faulty_source *open_faulty(struct table *t, const char *index_dir)
{
	size_t len = t->backup.bytes.len;
	struct faulty_source *faulty = faulty_source(memory_source(t->backup.bytes.data, len));
	struct rdb_member member;

	t->env = make_env(index_dir);
	REQUIRE(rdb_archive_open(t->env, &faulty->source, "test", &t->archive, NULL) == 0);
	CHECK_INT(rdb_archive_list_complete(t->archive, NULL), 0);
	atomic_store(&faulty->fail_from, len / 4);
	REQUIRE(rdb_archive_find(t->archive, "shop", "things.json", &member) == 0);
	REQUIRE(rdb_table_keys_open(t->archive, &member, NULL, &t->keys, NULL) == 0);
	return faulty;
}

/* Results of one opening are reused by the next: it reads nothing after the document. */
static void test_kept_on_disk(void)
{
	struct rdb_buf text = {0};
	struct table t;
	char *folder, *file, key[32];

	for (enum order order = ASCENDING; order <= SHUFFLED; order++) {
		folder = make_folder();
		t = pack_plain(order);
		REQUIRE(open_keys(&t, folder, "things.json", NULL) == 0);
		CHECK(keys_file(folder) == NULL);
		check_many(&t, "things.json", order);
		file = keys_file(folder);
		CHECK(file != NULL);
		free(file);
		close_keys(&t);

		open_faulty(&t, folder);
		snprintf(key, sizeof(key), "\"k%06u\"", key_at(order, 10));
		CHECK_INT(find(&t, key, &text, NULL), 0);
		snprintf(key, sizeof(key), "\"k%06u\"", key_at(order, MANY - 10));
		CHECK_INT(find(&t, key, &text, NULL), -EIO);
		close_table(&t);
		remove_folder(folder);
	}
	rdb_buf_free(&text);
}

/* A source that fails temporarily: the next call completes the index. */
static void test_source_fails_for_a_while(void)
{
	struct table t = pack_plain(ASCENDING);
	struct faulty_source *faulty = open_faulty(&t, NULL);
	struct rdb_buf text = {0};

	CHECK_INT(find(&t, "\"k000010\"", &text, NULL), -EIO);
	atomic_store(&faulty->fail_from, UINT64_MAX);
	check_many(&t, "things.json", ASCENDING);
	rdb_buf_free(&text);
	close_table(&t);
}

static void flip(const char *path, off_t at)
{
	int fd = open(path, O_RDWR);
	char byte;

	REQUIRE(fd >= 0 && pread(fd, &byte, 1, at) == 1);
	byte = (char)(byte ^ 0x10);
	REQUIRE(pwrite(fd, &byte, 1, at) == 1);
	close(fd);
}

static off_t size_of(const char *path)
{
	struct stat st;

	REQUIRE(stat(path, &st) == 0);
	return st.st_size;
}

/* A damaged, cut or foreign file is written again. */
static void test_damaged_file(void)
{
	char *folder = make_folder(), *file;
	struct table t = pack_many("things.json", ASCENDING);

	REQUIRE(open_keys(&t, folder, "things.json", NULL) == 0);
	check_many(&t, "things.json", ASCENDING);
	close_keys(&t);
	file = keys_file(folder);
	REQUIRE(file != NULL);
	for (int i = 0; i < 4; i++) {
		off_t size = size_of(file);
		if (i == 3)
			REQUIRE(truncate(file, size - 5) == 0);
		else
			flip(file, i == 0 ? 100 : i == 1 ? 200 : size - 3);
		REQUIRE(open_keys(&t, folder, "things.json", NULL) == 0);
		check_many(&t, "things.json", ASCENDING);
		close_keys(&t);
		CHECK_INT(size_of(file), size);
	}
	free(file);
	rdb_buf_free(&t.backup.bytes);
	remove_folder(folder);
}

/* A page of hashes is damaged long after the file was opened. */
static void test_damaged_page(void)
{
	char *folder = make_folder(), *file;
	struct table t = pack_many("things.json", SHUFFLED);
	struct rdb_buf text = {0};

	REQUIRE(open_keys(&t, folder, "things.json", NULL) == 0);
	check_many(&t, "things.json", SHUFFLED);
	file = keys_file(folder);
	REQUIRE(file != NULL);
	for (off_t page = 0; page < MANY / 255; page++)
		flip(file, 4096 + page * 4096 + 50);
	CHECK_INT(find(&t, "\"k000010\"", &text, NULL), -EIO);
	rdb_buf_free(&text);
	free(file);
	close_table(&t);
	remove_folder(folder);
}

static void *find_one(void *arg)
{
	struct table *t = arg;
	struct rdb_member member;
	struct table mine = *t;

	REQUIRE(rdb_archive_find(t->archive, "shop", "things.json", &member) == 0);
	REQUIRE(rdb_table_keys_open(t->archive, &member, NULL, &mine.keys, NULL) == 0);
	check_many(&mine, "things.json", SHUFFLED);
	rdb_table_keys_close(mine.keys);
	return NULL;
}

static void test_several_at_once(void)
{
	struct table t = pack_many("things.json", SHUFFLED);
	pthread_t threads[4];

	REQUIRE(open_keys(&t, NULL, "things.json", NULL) == 0);
	for (int i = 0; i < 4; i++)
		REQUIRE(pthread_create(&threads[i], NULL, find_one, &t) == 0);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	close_table(&t);
}

/* The archive is cut inside the table: documents before the cut are found. */
static void test_documents_before_a_cut_are_found(void)
{
	struct rdb_buf text = {0};
	struct table t;
	char key[32];

	for (enum order order = ASCENDING; order <= SHUFFLED; order++) {
		t = pack_many("things.json", order);
		t.backup.bytes.len /= 2;
		REQUIRE(open_keys(&t, NULL, "things.json", NULL) == 0);
		for (int i = 0; i < 2; i++) {
			snprintf(key, sizeof(key), "\"k%06u\"", key_at(order, 1000));
			CHECK_INT(find(&t, key, &text, NULL), 0);
			snprintf(key, sizeof(key), "\"k%06u\"", key_at(order, MANY - 10));
			CHECK_INT(find(&t, key, &text, NULL), -EIO);
		}
		CHECK_INT(
			find(&t, "\"k000010x\"", &text, NULL), order == ASCENDING ? -ENOENT : -EIO);
		close_table(&t);
	}
	rdb_buf_free(&text);
}

static void test_repeated_keys_are_found_once(void)
{
	struct rdb_buf text = {0};
	struct table t;

	rdb_buf_puts(&text, "[{\"id\": 0}");
	for (unsigned i = 0; i < 20000; i++)
		rdb_buf_printf(&text, ",\n{\"id\": 5, \"n\": \"%064u\"}", i);
	rdb_buf_puts(&text, ",\n{\"id\": 6}]");
	t = pack_table("things.json", text.data, text.len, ID_INFO, false);
	REQUIRE(open_keys(&t, NULL, "things.json", NULL) == 0);
	CHECK_INT(find(&t, "5", &text, NULL), 0);
	CHECK(strstr(rdb_buf_cstr(&text), "\"n\": \"000000000000000000") != NULL);
	CHECK(strstr(text.data, "00000\"}") != NULL);
	check_find(&t, "6", "{\"id\": 6}");
	check_find(&t, "0", "{\"id\": 0}");
	check_missing(&t, "5.5");
	rdb_buf_free(&text);
	close_table(&t);
}

/* ---- order found by a comparison ---- */

static struct rdb_document_source *open_documents(struct table *t)
{
	struct rdb_document_source *source;
	struct rdb_table_keys *keys;
	struct rdb_member member;

	REQUIRE(rdb_archive_find(t->archive, "shop", "things.json", &member) == 0);
	REQUIRE(rdb_table_keys_open(t->archive, &member, NULL, &keys, NULL) == 0);
	REQUIRE(rdb_archive_documents(t->archive, &member, "things", NULL, &source, NULL) == 0);
	rdb_archive_documents_learn(source, keys);
	return source;
}

static int compare(struct table *a, struct table *b)
{
	struct rdb_document_source *from = open_documents(a), *to = open_documents(b);
	struct rdb_difference_counts counts;
	int ret = rdb_compare(from, to, "id", &counts, NULL, NULL, NULL);

	rdb_document_source_close(from);
	rdb_document_source_close(to);
	return ret;
}

static void test_learnt_by_comparing(void)
{
	struct table a = pack_many("things.json", ASCENDING), b = pack_many("things.json", LATE);
	char *folder = make_folder();
	struct rdb_document_source *source;
	struct rdb_json_piece document;

	REQUIRE(open_keys(&a, folder, "things.json", NULL) == 0);
	REQUIRE(open_keys(&b, folder, "things.json", NULL) == 0);
	CHECK_INT(rdb_table_keys_order(a.keys), RDB_TABLE_ORDER_UNKNOWN);
	source = open_documents(
		&a); /* documents that are closed at the start, or in the middle, show no order */
	rdb_document_source_close(source);
	source = open_documents(&a);
	CHECK_INT(rdb_document_source_next(source, &document, NULL), 1);
	rdb_document_source_close(source);
	CHECK_INT(rdb_table_keys_order(a.keys), RDB_TABLE_ORDER_UNKNOWN);

	CHECK_INT(compare(&a, &a), 0);
	CHECK_INT(rdb_table_keys_order(a.keys), RDB_TABLE_IN_ORDER);
	CHECK_INT(compare(&a, &b), -EDOM);
	CHECK_INT(rdb_table_keys_order(b.keys), RDB_TABLE_OUT_OF_ORDER);
	for (int i = 0; i < 2; i++) {
		close_keys(&a);
		close_keys(&b);
		REQUIRE(open_keys(&a, folder, "things.json", NULL) == 0);
		REQUIRE(open_keys(&b, folder, "things.json", NULL) == 0);
		CHECK_INT(rdb_table_keys_order(a.keys), RDB_TABLE_IN_ORDER);
		CHECK_INT(rdb_table_keys_order(b.keys), RDB_TABLE_OUT_OF_ORDER);
		CHECK(!rdb_table_keys_mixed(b.keys));
		check_many(&a, "things.json", ASCENDING);
		check_many(&b, "things.json", LATE);
	}
	close_table(&a);
	close_table(&b);
	remove_folder(folder);
}

static void test_learnt_by_sorting(void)
{
	struct table a = pack_many("things.json", ASCENDING);
	struct rdb_document_source *sorted;

	REQUIRE(open_keys(&a, NULL, "things.json", NULL) == 0);
	REQUIRE(rdb_sorted_documents(open_documents(&a), "id", NULL, &sorted, NULL) == 0);
	rdb_document_source_close(sorted);
	CHECK_INT(rdb_table_keys_order(a.keys), RDB_TABLE_IN_ORDER);
	check_many(&a, "things.json", ASCENDING);
	close_table(&a);
}

/* More documents than one run of hashes holds. */
static void test_several_runs_of_hashes(void)
{
	const unsigned count = 1100000;
	struct rdb_key_hash_writer writer = {0};
	struct rdb_primary_key key = {.len = 5, .data = "S"};
	char *folder = make_folder();
	int fd = rdb_scratch_open(folder, NULL);
	uint64_t offset;

	REQUIRE(fd >= 0 && rdb_key_hashes_begin(&writer, fd, 4096) == 0);
	for (unsigned i = 0; i < count; i++) {
		unsigned half = i / 2;
		memcpy(key.data + 1, &half, sizeof(half));
		REQUIRE(rdb_key_hashes_add(&writer, &key, i * 10) == 0);
	}
	REQUIRE(rdb_key_hashes_end(&writer) == 0);
	for (unsigned half = 0; half < count; half += 997) {
		memcpy(key.data + 1, &half, sizeof(half));
		offset = 0;
		CHECK_INT(rdb_key_hashes_find(&writer.out, &key, 0, &offset), half < count / 2);
		if (half >= count / 2)
			continue;
		CHECK_INT(offset, half * 20);
		CHECK_INT(rdb_key_hashes_find(&writer.out, &key, offset + 1, &offset), 1);
		CHECK_INT(offset, half * 20 + 10);
		CHECK_INT(rdb_key_hashes_find(&writer.out, &key, offset + 1, &offset), 0);
	}
	rdb_key_hashes_free(&writer);
	close(fd);
	remove_folder(folder);
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
	RUN(test_many_documents_in_each_order);
	RUN(test_kept_on_disk);
	RUN(test_source_fails_for_a_while);
	RUN(test_damaged_file);
	RUN(test_damaged_page);
	RUN(test_several_at_once);
	RUN(test_documents_before_a_cut_are_found);
	RUN(test_repeated_keys_are_found_once);
	RUN(test_learnt_by_comparing);
	RUN(test_learnt_by_sorting);
	RUN(test_several_runs_of_hashes);
	CHECK_EXIT();
}
