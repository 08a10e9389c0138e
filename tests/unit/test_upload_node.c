/* The tree of files copied into restore/, and the meaning of their names. */
#include "unit/check.h"
#include "upload/upload_name.h"
#include "upload/upload_node.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct rdb_upload_node *add(struct rdb_upload_node *dir, const char *name, mode_t mode)
{
	struct rdb_upload_node *entry = NULL;

	CHECK_INT(rdb_upload_node_add(dir, name, mode, NULL, &entry), 0);
	return entry;
}

static void check_path(struct rdb_upload_node *entry, const char *expected)
{
	struct rdb_buf path = {0};

	CHECK_INT(rdb_upload_node_path(entry, &path), 0);
	CHECK_STR(rdb_buf_cstr(&path), expected);
	rdb_buf_free(&path);
}

static void test_paths(void)
{
	struct rdb_upload_nodes all;
	struct rdb_upload_node *dump, *blog, *posts, *found;

	CHECK_INT(rdb_upload_nodes_init(&all, 1, 2, NULL), 0);
	dump = add(all.root, "dump", S_IFDIR | 0700);
	blog = add(dump, "blog", S_IFDIR | 0700);
	posts = add(blog, "posts.json", S_IFREG | 0600);
	check_path(all.root, "");
	check_path(dump, "dump");
	check_path(posts, "dump/blog/posts.json");
	found = rdb_upload_node_find(blog, "posts.json");
	CHECK(found == posts);
	CHECK(!rdb_upload_node_find(dump, "posts.json"));
	CHECK(rdb_upload_node_parent_ino(posts) == blog->ino);
	CHECK(rdb_upload_node_parent_ino(dump) == 0);
	rdb_upload_node_unref(found);
	rdb_upload_node_unref(posts);
	rdb_upload_node_unref(blog);
	rdb_upload_node_unref(dump);
	rdb_upload_nodes_destroy(&all);
}

static void test_removing(void)
{
	struct rdb_upload_nodes all;
	struct rdb_upload_node *blog, *posts, *none;

	CHECK_INT(rdb_upload_nodes_init(&all, 1, 2, NULL), 0);
	blog = add(all.root, "blog", S_IFDIR | 0700);
	posts = add(blog, "posts.json", S_IFREG | 0600);
	CHECK_INT(rdb_upload_node_add(blog, "posts.json", S_IFREG, NULL, &none), -EEXIST);
	CHECK_INT(rdb_upload_node_remove(blog), -ENOTEMPTY);
	CHECK_INT(rdb_upload_node_remove(posts), 0);
	CHECK_INT(rdb_upload_node_remove(posts), -ENOENT);
	CHECK(rdb_upload_node_is_empty(blog));
	CHECK_INT(rdb_upload_node_remove(blog), 0);
	CHECK_INT(rdb_upload_node_add(blog, "posts.json", S_IFREG, NULL, &none), -ENOENT);
	rdb_upload_node_unref(posts);
	rdb_upload_node_unref(blog);
	rdb_upload_nodes_destroy(&all);
}

static void test_renamed_nodes_replace_others(void)
{
	struct rdb_upload_nodes all;
	struct rdb_upload_node *blog, *old, *temporary, *replaced;

	CHECK_INT(rdb_upload_nodes_init(&all, 1, 2, NULL), 0);
	blog = add(all.root, "blog", S_IFDIR | 0700);
	old = add(blog, "posts.json", S_IFREG | 0600);
	temporary = add(blog, ".posts.json.Ab12Cd", S_IFREG | 0600);
	CHECK_INT(rdb_upload_node_move(temporary, blog, "posts.json", false, &replaced), -EEXIST);
	check_path(temporary, "blog/.posts.json.Ab12Cd");
	CHECK_INT(rdb_upload_node_move(temporary, blog, "posts.json", true, &replaced), 0);
	CHECK(replaced == old);
	check_path(temporary, "blog/posts.json");
	CHECK_INT(rdb_upload_node_remove(old), -ENOENT);
	rdb_upload_node_unref(replaced);
	rdb_upload_node_unref(old);
	rdb_upload_node_unref(temporary);
	rdb_upload_node_unref(blog);
	rdb_upload_nodes_destroy(&all);
}

struct seen {
	char names[256];
	size_t left;
	uint64_t next;
};

static bool see(void *arg, struct rdb_upload_node *child, const char *name, uint64_t place)
{
	struct seen *seen = arg;

	(void)child;
	if (seen->left == 0)
		return false;
	seen->left--;
	seen->next = place + 1;
	strcat(strcat(seen->names, name), " ");
	return true;
}

/* A program that removes the entries while listing them misses none. */
static void test_listing_while_removing(void)
{
	struct rdb_upload_nodes all;
	struct rdb_upload_node *one, *two, *three;
	struct seen seen = {.left = 1};

	CHECK_INT(rdb_upload_nodes_init(&all, 1, 2, NULL), 0);
	one = add(all.root, "1", S_IFREG);
	two = add(all.root, "2", S_IFREG);
	three = add(all.root, "3", S_IFREG);
	rdb_upload_node_each(all.root, 0, see, &seen);
	CHECK_INT(rdb_upload_node_remove(one), 0);
	seen.left = 9;
	rdb_upload_node_each(all.root, seen.next, see, &seen);
	CHECK_STR(seen.names, "1 2 3 ");
	rdb_upload_node_unref(one);
	rdb_upload_node_unref(two);
	rdb_upload_node_unref(three);
	rdb_upload_nodes_destroy(&all);
}

static void test_attributes(void)
{
	struct rdb_upload_nodes all;
	struct rdb_upload_node *posts;
	struct stat st = {0};

	CHECK_INT(rdb_upload_nodes_init(&all, 1, 2, NULL), 0);
	posts = add(all.root, "posts.json", S_IFREG | 0644);
	rdb_upload_node_resize(posts, 1234);
	rdb_upload_node_touch(posts, (struct timespec){.tv_sec = 42, .tv_nsec = 7});
	rdb_upload_node_chmod(posts, 0400);
	rdb_upload_node_chown(posts, (uid_t)-1, 9);
	rdb_upload_node_stat(posts, &st);
	CHECK_INT(st.st_mode, S_IFREG | 0400);
	CHECK_INT(st.st_size, 1234);
	CHECK_INT(st.st_uid, 1);
	CHECK_INT(st.st_gid, 9);
	CHECK_INT(st.st_mtim.tv_sec, 42);
	CHECK_INT(st.st_mtim.tv_nsec, 7);
	rdb_upload_node_unref(posts);
	rdb_upload_nodes_destroy(&all);
}

static void test_names(void)
{
	static const struct {
		const char *name;
		enum rdb_upload_kind kind;
		bool temporary;
		const char *file, *table;
	} cases[] = {
		{"posts.json", RDB_UPLOAD_JSON, false, "posts.json", "posts"},
		{"posts.csv", RDB_UPLOAD_CSV, false, "posts.csv", "posts"},
		{"posts.info", RDB_UPLOAD_INFO, false, "posts.info", "posts"},
		{"po.sts.json", RDB_UPLOAD_JSON, false, "po.sts.json", "po.sts"},
		{".posts.json.Ab12Cd", RDB_UPLOAD_JSON, true, "posts.json", "posts"},
		{".posts.info.000000", RDB_UPLOAD_INFO, true, "posts.info", "posts"},
		{".dump.tar.gz.Ab12Cd", RDB_UPLOAD_ARCHIVE, true, "dump.tar.gz", ""},
		{"dump.tar.gz", RDB_UPLOAD_ARCHIVE, false, "dump.tar.gz", ""},
		{"posts.json.Ab12Cd", RDB_UPLOAD_OTHER, false, NULL, NULL},
		{".posts.json.Ab12C", RDB_UPLOAD_OTHER, false, NULL, NULL},
		{".posts.json.Ab12C~", RDB_UPLOAD_OTHER, false, NULL, NULL},
		{".posts.json", RDB_UPLOAD_OTHER, false, NULL, NULL},
		{".json", RDB_UPLOAD_OTHER, false, NULL, NULL},
		{"..json.Ab12Cd", RDB_UPLOAD_OTHER, false, NULL, NULL},
		{"posts.txt", RDB_UPLOAD_OTHER, false, NULL, NULL},
		{"posts", RDB_UPLOAD_OTHER, false, NULL, NULL},
		{".DS_Store", RDB_UPLOAD_IGNORED, false, NULL, NULL},
		{"._posts.json", RDB_UPLOAD_IGNORED, false, NULL, NULL},
		{"._posts.json.Ab12Cd", RDB_UPLOAD_JSON, true, "_posts.json", "_posts"},
		{"._posts.txt.Ab12Cd", RDB_UPLOAD_IGNORED, false, NULL, NULL},
		{"_posts.json", RDB_UPLOAD_JSON, false, "_posts.json", "_posts"},
	};
	struct rdb_upload_name name;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		rdb_upload_name_parse(cases[i].name, &name);
		CHECK_INT(name.kind, cases[i].kind);
		CHECK_INT(name.temporary, cases[i].temporary);
		if (!cases[i].file)
			continue;
		CHECK_STR(name.file, cases[i].file);
		CHECK_STR(name.table, cases[i].table);
	}
}

static void test_longest_name(void)
{
	struct rdb_upload_name name;
	char text[RDB_NAME_MAX + 2];

	memset(text, 'a', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	memcpy(text + sizeof(text) - 6, ".json", 5);
	rdb_upload_name_parse(text, &name);
	CHECK_INT(name.kind, RDB_UPLOAD_OTHER);
	rdb_upload_name_parse(text + 1, &name);
	CHECK_INT(name.kind, RDB_UPLOAD_JSON);
	CHECK_INT(strlen(name.table), RDB_NAME_MAX - 5);
}

int main(void)
{
	RUN(test_paths);
	RUN(test_removing);
	RUN(test_renamed_nodes_replace_others);
	RUN(test_listing_while_removing);
	RUN(test_attributes);
	RUN(test_names);
	RUN(test_longest_name);
	CHECK_EXIT();
}
