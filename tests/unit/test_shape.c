#include "format/shape.h"
#include "format/tail.h"
#include "unit/check.h"

#include <errno.h>

/* ---- names ---- */

static void check_name(const char *path, const char *top, const char *db, const char *file)
{
	struct rdb_name name;

	CHECK(rdb_name_parse(path, &name));
	CHECK_STR(name.top, top);
	CHECK_INT(name.tops, rdb_name_tops(top));
	CHECK_STR(name.db, db);
	CHECK_STR(name.file, file);
	CHECK(rdb_name_is_below(path, top));
}

static void test_names_of_members(void)
{
	static const char *const none[] = {"", "/", "posts.json", "a/posts.txt", "a/b/../c.json",
		"../a/b.json", "a/b/.json", "a/b/.hidden.json", "a/b/c.json/", "a/\n/c.json"};
	static const char *const never[] = {"posts.json", "ndjson.json.gz", "posts.csv",
		"posts.info", "posts.csv.gz", "", "posts.txt", ".gz"};
	struct rdb_name name;

	check_name("top/blog/posts.json", "top", "blog", "posts.json");
	check_name("./top/./blog/posts.ndjson", "top", "blog", "posts.ndjson");
	check_name("//top//blog/posts.info", "top", "blog", "posts.info");
	check_name("blog/posts.csv", RDB_NAME_TOP, "blog", "posts.csv");
	check_name("./blog/posts.jsonl", RDB_NAME_TOP, "blog", "posts.jsonl");
	check_name("a/b/c/blog/posts.json", "a/b/c", "blog", "posts.json");
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		CHECK(!rdb_name_parse(none[i], &name));
	CHECK_INT(rdb_name_table("posts.json"), 5);
	CHECK_INT(rdb_name_table("a.b.ndjson"), 3);
	CHECK_INT(rdb_name_table("posts.txt"), 0);
	CHECK_INT(rdb_name_table("posts.json.gz"), 5);
	CHECK_INT(rdb_name_table(".gz"), 0);
	CHECK_INT(rdb_name_blank("posts.ndjson"), RDB_BLANK_ANY);
	CHECK_INT(rdb_name_blank("posts.jsonl"), RDB_BLANK_ANY);
	CHECK_INT(rdb_name_blank("posts.ndjson.gz"), RDB_BLANK_GZIP);
	CHECK_INT(rdb_name_blank("posts.jsonl.gz"), RDB_BLANK_GZIP);
	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		CHECK_INT(rdb_name_blank(never[i]), RDB_BLANK_NONE);
	CHECK(rdb_blank_is_complete(RDB_BLANK_ANY, false));
	CHECK(rdb_blank_is_complete(RDB_BLANK_ANY, true));
	CHECK(!rdb_blank_is_complete(RDB_BLANK_GZIP, false));
	CHECK(rdb_blank_is_complete(RDB_BLANK_GZIP, true));
	CHECK(!rdb_blank_is_complete(RDB_BLANK_NONE, true));
	check_name("top/blog/posts.csv.gz", "top", "blog", "posts.csv.gz");
	CHECK(!rdb_name_parse("top/blog/posts.gz", &name));
	CHECK(!rdb_name_is_below("topping/blog/posts.json", "top"));
	CHECK(rdb_name_is_below("/top/x", "top") && !rdb_name_is_below("a/x/c", "a/b"));
}

static void test_files_of_macos_are_clutter(void)
{
	CHECK(rdb_name_path_is_clutter("top/blog/._posts.json"));
	CHECK(rdb_name_path_is_clutter("._top") && rdb_name_path_is_clutter("./._top/blog/t.json"));
	CHECK(rdb_name_path_is_clutter("top/.DS_Store"));
	CHECK(rdb_name_path_is_clutter("__MACOSX/top/blog/posts.json"));
	CHECK(!rdb_name_path_is_clutter("top/__MACOSX/posts.json"));
	CHECK(!rdb_name_path_is_clutter("top/blog/posts.json"));
	CHECK(!rdb_name_path_is_clutter("top/blog/._") && !rdb_name_path_is_clutter(""));
}

/* ---- shapes ---- */

/* Processes paths like a scan; returns the number of tables shown. */
static int pass(struct rdb_shape *shape, const char *const *paths)
{
	struct rdb_name name;
	int shown = 0;

	for (; *paths; paths++) {
		if (!rdb_name_parse(*paths, &name) || rdb_shape_refuse(shape, *paths, &name))
			continue;
		REQUIRE(rdb_shape_set(shape, name.top) == 0);
		shown++;
	}
	return shown;
}

static void check_shape(const char *const *paths, int first, int second, const char *words)
{
	struct rdb_shape shape;
	struct rdb_err err = {0};

	rdb_shape_init(&shape);
	CHECK_INT(pass(&shape, paths), first);
	CHECK_INT(rdb_shape_again(&shape), second > 0);
	if (second > 0)
		CHECK_INT(pass(&shape, paths), second);
	CHECK(!rdb_shape_again(&shape));
	if (first + second == 0)
		rdb_shape_missing(&shape, &err);
	else
		rdb_shape_check(&shape, &err);
	if (!strstr(err.text, words))
		CHECK_STR(err.text, words);
	CHECK_INT(err.code, words[0] ? EIO : 0);
	rdb_shape_free(&shape);
}

#define PATHS(...)                                                                                 \
	(const char *const[])                                                                      \
	{                                                                                          \
		__VA_ARGS__, NULL                                                                  \
	}

static void test_top_folder_is_found(void)
{
	check_shape(PATHS("t/a/1.json", "t/b/2.json", "x.json"), 2, 0, "");
	check_shape(PATHS("t/x.json", "t/a/b/x.json", "t/a/1.json", "y/x.json"), 1, 0, "");
	check_shape(PATHS("t/a/1.json", "u/a/1.json", "u/a/2.json"), 1, 0, "below \"u\" are not");
	check_shape(PATHS("t/a/1.json", "u/v/a/1.json"), 1, 0, "below \"u/v\" are not");
	check_shape(PATHS("t/a/1.json", "tt/a/1.json"), 1, 0, "below \"tt\" are not");
	check_shape(PATHS("a/1.json", "b/2.json"), 0, 2, "");
	check_shape(PATHS("s/t/a/1.json", "s/t/b/2.json", "x.json"), 0, 2, "");
	check_shape(
		PATHS("a/1.json", "s/t/b/2.json"), 0, 0, "it has a/1.json and others elsewhere");
	check_shape(PATHS("s/t/a/1.json", "s/u/b/2.json"), 0, 0, "it has s/t/a/1.json and others");
	check_shape(PATHS("r/s/t/a/1.json"), 0, 0, "it has r/s/t/a/1.json");
	check_shape(PATHS("1.json", "README"), 0, 0, "not an archive of rethinkdb dump");
}

/* ---- tails ---- */

static enum rdb_tail_kind tail_of(uint64_t offset, const char *data, size_t len, uint64_t *at)
{
	enum rdb_tail_kind kind = RDB_TAIL_ZEROS;

	for (size_t step = 1; step <= len + 1; step += step < 9 ? 1 : 97) {
		struct rdb_tail tail;
		rdb_tail_init(&tail, offset);
		for (size_t from = 0; from < len; from += step)
			rdb_tail_feed(&tail, data + from, len - from < step ? len - from : step);
		rdb_tail_end(&tail);
		CHECK_INT(tail.offset, offset + len);
		if (step > 1)
			CHECK_INT(tail.kind, kind);
		kind = tail.kind;
		*at = tail.at;
	}
	return kind;
}

static void test_tails(void)
{
	static char data[8192];
	struct rdb_buf header = {0};
	uint64_t at;

	CHECK_INT(tail_of(1024, data, sizeof(data), &at), RDB_TAIL_ZEROS);
	REQUIRE(rdb_tar_header(&header, "top/blog/posts.json", 5, 1700000000) == 0);
	memcpy(data + 4096 - 24, header.data, header.len);
	CHECK_INT(tail_of(1024 + 24, data, sizeof(data), &at), RDB_TAIL_ARCHIVE);
	CHECK_INT(at, 1024 + 4096);
	CHECK_INT(tail_of(1024, data, sizeof(data), &at), RDB_TAIL_GARBAGE);
	CHECK_INT(tail_of(1024 + 24, data, 4096, &at), RDB_TAIL_GARBAGE);
	data[100] = 1;
	CHECK_INT(tail_of(1024 + 24, data, sizeof(data), &at), RDB_TAIL_GARBAGE);
	rdb_buf_free(&header);
}

int main(void)
{
	RUN(test_names_of_members);
	RUN(test_files_of_macos_are_clutter);
	RUN(test_top_folder_is_found);
	RUN(test_tails);
	CHECK_EXIT();
}
