#include "index/catalog.h"
#include "unit/check.h"

#include <errno.h>

#define LONG_NAME (1u << 20)

static int add(struct rdb_catalog *catalog, const char *db, const char *file)
{
	struct rdb_member member = {.db = db, .file = file, .kind = RDB_MEMBER_JSON};

	return rdb_catalog_add(catalog, &member, 0);
}

/* A few names reach the limit if each is long. */
static void test_its_bytes_are_bounded(void)
{
	char *name = malloc(LONG_NAME + 1);
	struct rdb_catalog *catalog;
	struct rdb_member member;
	unsigned count = 0;
	int ret = 0;

	REQUIRE(name && rdb_catalog_create(&catalog) == 0);
	memset(name, 'x', LONG_NAME);
	name[LONG_NAME] = '\0';
	while (ret == 0 && count < RDB_CATALOG_BYTES_MAX / LONG_NAME + 1) {
		name[0] = (char)('a' + count % 26);
		name[1] = (char)('a' + count / 26);
		ret = add(catalog, "db", name);
		count++;
	}
	CHECK_INT(ret, -E2BIG);
	name[0] = name[1] = 'a';
	CHECK_INT(rdb_catalog_find(catalog, "db", name, &member), 0);
	CHECK_INT(rdb_catalog_complete(catalog), 0);
	rdb_catalog_free(catalog);
	free(name);
}

static void test_names_are_told_apart(void)
{
	static const char *const names[][2] = {
		{"a", "bc.json"}, {"ab", "c.json"}, {"abc", ".json"}, {"", "abc.json"}};
	struct rdb_catalog *catalog;
	struct rdb_member member;

	REQUIRE(rdb_catalog_create(&catalog) == 0);
	for (size_t i = 0; i < 4; i++)
		CHECK_INT(add(catalog, names[i][0], names[i][1]), 0);
	for (size_t i = 0; i < 4; i++) {
		CHECK_INT(rdb_catalog_find(catalog, names[i][0], names[i][1], &member), 0);
		CHECK_INT(member.number, i);
		CHECK_INT(add(catalog, names[i][0], names[i][1]), -EEXIST);
	}
	CHECK_INT(rdb_catalog_find(catalog, "abc", "abc.json", &member), -ENOENT);
	CHECK_INT(rdb_catalog_complete(catalog), 0);
	CHECK_INT(add(catalog, "late", "late.json"), -EROFS);
	rdb_catalog_free(catalog);
}

int main(void)
{
	RUN(test_its_bytes_are_bounded);
	RUN(test_names_are_told_apart);
	CHECK_EXIT();
}
