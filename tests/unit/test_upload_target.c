/* Targets of symbolic links in restore/. */
#include "unit/check.h"
#include "upload/upload_target.h"

#include <errno.h>
#include <string.h>

static void check(const char *dir, const char *target, enum rdb_upload_target_kind kind,
	const char *backup, const char *db, const char *table)
{
	struct rdb_upload_target out;

	CHECK_INT(rdb_upload_target_parse("/mnt/backups", dir, target, &out), 0);
	CHECK_INT(out.kind, kind);
	CHECK_STR(out.backup, backup);
	CHECK_STR(out.db, db);
	CHECK_STR(out.table, table);
}

static void refuse(const char *dir, const char *target, int ret)
{
	struct rdb_upload_target out;

	CHECK_INT(rdb_upload_target_parse("/mnt/backups", dir, target, &out), ret);
}

static void test_backups(void)
{
	check("restore", "night", RDB_UPLOAD_TARGET_BACKUP, "night", "", "");
	check("restore/deep/down", "night", RDB_UPLOAD_TARGET_BACKUP, "night", "", "");
	check("restore", "../latest", RDB_UPLOAD_TARGET_BACKUP, "latest", "", "");
	check("restore", "/mnt/backups/night/", RDB_UPLOAD_TARGET_BACKUP, "night", "", "");
	check("restore", "../../backups/night", RDB_UPLOAD_TARGET_BACKUP, "night", "", "");
	check("restore", "../archives/night.tar.gz", RDB_UPLOAD_TARGET_ORIGINAL, "night.tar.gz", "",
		"");
}

static void test_databases_and_tables(void)
{
	check("restore", "latest/blog", RDB_UPLOAD_TARGET_DATABASE, "latest", "blog", "");
	check("restore/x", "../../latest//./blog", RDB_UPLOAD_TARGET_DATABASE, "latest", "blog",
		"");
	check("restore/blog", "../../latest/blog/posts.json", RDB_UPLOAD_TARGET_TABLE, "latest",
		"blog", "posts");
	check("restore/blog", "/mnt/backups/night/blog/posts.csv", RDB_UPLOAD_TARGET_TABLE, "night",
		"blog", "posts");
	check("restore/blog", "/mnt/backups/night/blog/posts.info", RDB_UPLOAD_TARGET_INFO, "night",
		"blog", "posts");
	check("restore", "../x/../latest/blog", RDB_UPLOAD_TARGET_DATABASE, "latest", "blog", "");
}

static void test_what_is_outside(void)
{
	refuse("restore", "/mnt/backups2/night", -EXDEV);
	refuse("restore", "/mnt/backup", -EXDEV);
	refuse("restore", "/", -EXDEV);
	refuse("restore", "../../other", -EXDEV);
	refuse("restore", "../../../../../../x", -EXDEV);
}

static void test_what_is_none(void)
{
	refuse("restore", "", -EINVAL);
	refuse("restore", "..", -EINVAL);
	refuse("restore", "/mnt/backups", -EINVAL);
	refuse("restore", "../archives", -EINVAL);
	refuse("restore", "../archives/a/b", -EINVAL);
	refuse("restore", "../night/blog/posts", -EINVAL);
	refuse("restore", "../night/blog/.posts.json.Ab12Cd", -EINVAL);
	refuse("restore", "../night/blog/posts.json/more", -EINVAL);
}

static void test_what_is_too_long(void)
{
	char target[2 * PATH_MAX];

	memset(target, 'x', sizeof(target));
	target[sizeof(target) - 1] = '\0';
	refuse("restore", target, -ENAMETOOLONG);
	target[0] = '/';
	refuse("restore", target, -ENAMETOOLONG);
	target[0] = 'x';
	target[RDB_NAME_MAX + 1] = '\0';
	refuse("restore", target, -ENAMETOOLONG);
}

static void test_dots_and_slashes_are_removed(void)
{
	char out[PATH_MAX];

	CHECK_INT(rdb_upload_target_tidy("//a/./b/../c//", out), 0);
	CHECK_STR(out, "/a/c");
	CHECK_INT(rdb_upload_target_tidy("/../..", out), 0);
	CHECK_STR(out, "/");
	CHECK_INT(rdb_upload_target_tidy("/...", out), 0);
	CHECK_STR(out, "/...");
}

int main(void)
{
	RUN(test_backups);
	RUN(test_databases_and_tables);
	RUN(test_what_is_outside);
	RUN(test_what_is_none);
	RUN(test_what_is_too_long);
	RUN(test_dots_and_slashes_are_removed);
	CHECK_EXIT();
}
