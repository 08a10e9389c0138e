/* Marks of a mirror's copies: written, read back, refused, and held against a file. */
#include "store/copy_mark.h"

#include "unit/check.h"
#include "writer/home.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_NAME "x.tar.gz"
#define MARK_NAME ".x.tar.gz.rdbfs-copy"

static char path[] = "/tmp/rdbfs-mark-XXXXXX";
static int folder;

static void put(const char *name, const char *text)
{
	int fd = openat(folder, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	REQUIRE(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

static int open_file(const char *name)
{
	int fd = openat(folder, name, O_RDONLY);

	REQUIRE(fd >= 0);
	return fd;
}

/* The mark of FILE_NAME as it is now. */
static struct rdb_copy_mark mark_of_file(void)
{
	struct rdb_copy_mark mark = {
		.of = {.type = "daily", .origin = "compose+https://h/deployments/\"a\""},
		.created = 1525177538};
	int fd = open_file(FILE_NAME);
	struct stat st;

	REQUIRE(fstat(fd, &st) == 0);
	mark.home = rdb_home(folder, fd, FILE_NAME);
	mark.size = (uint64_t)st.st_size;
	mark.mtime = st.st_mtim.tv_sec;
	close(fd);
	return mark;
}

static bool fits(const struct rdb_copy_mark *mark, const char *name)
{
	int fd = open_file(name);
	bool is_fit = rdb_copy_mark_fits(mark, folder, fd, name);

	close(fd);
	return is_fit;
}

static void test_written_and_read(void)
{
	struct rdb_copy_mark mark, read;

	put(FILE_NAME, "archive");
	mark = mark_of_file();
	CHECK_INT(rdb_copy_mark_read(folder, FILE_NAME, &read), -ENOENT);
	CHECK_INT(rdb_copy_mark_write(folder, FILE_NAME, &mark, NULL), 0);
	CHECK_INT(rdb_copy_mark_read(folder, FILE_NAME, &read), 0);
	CHECK_STR(read.of.type, mark.of.type);
	CHECK_STR(read.of.origin, mark.of.origin);
	CHECK(read.home == mark.home && read.size == mark.size && read.mtime == mark.mtime &&
		read.created == mark.created && !read.removed);
	mark.removed = true;
	CHECK_INT(rdb_copy_mark_write(folder, FILE_NAME, &mark, NULL), 0);
	CHECK_INT(rdb_copy_mark_read(folder, FILE_NAME, &read), 0);
	CHECK(read.removed);
	rdb_copy_mark_remove(folder, FILE_NAME);
	CHECK_INT(rdb_copy_mark_read(folder, FILE_NAME, &read), -ENOENT);
	CHECK_INT(rdb_copy_mark_read(folder, "sub/" FILE_NAME, &read), -ENOENT);
	CHECK_INT(rdb_copy_mark_write(folder, "sub/" FILE_NAME, &mark, NULL), -ENAMETOOLONG);
}

static void test_unusable_marks(void)
{
	static const char good[] = "{\"origin\":\"o\",\"type\":\"daily\",\"home\":\"1f\","
				   "\"size\":7,\"mtime\":1,\"created\":1,\"removed\":false}";
	static const char *const bad[] = {"", "{", "[]", "{}", "null",
		"{\"origin\":\"o\",\"type\":\"daily\",\"home\":\"1f\",\"size\":-7,\"mtime\":1,"
		"\"created\":1,\"removed\":false}",
		"{\"origin\":\"o\",\"type\":\"daily\",\"home\":\"?\",\"size\":7,\"mtime\":1,"
		"\"created\":1,\"removed\":false}",
		"{\"origin\":\"o\",\"type\":\"longer-than-a-type-can-be\",\"home\":\"1\",\"size\":"
		"7,"
		"\"mtime\":1,\"created\":1,\"removed\":false}",
		"{\"origin\":\"o\",\"type\":\"daily\",\"home\":\"1\",\"size\":\"7\",\"mtime\":1,"
		"\"created\":1,\"removed\":false}"};
	struct rdb_copy_mark read;
	char huge[16384];

	put(MARK_NAME, good);
	CHECK_INT(rdb_copy_mark_read(folder, FILE_NAME, &read), 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		put(MARK_NAME, bad[i]);
		CHECK_INT(rdb_copy_mark_read(folder, FILE_NAME, &read), -ENOENT);
	}
	memset(huge, ' ', sizeof(huge));
	strcpy(huge + sizeof(huge) - sizeof(good), good);
	put(MARK_NAME, huge);
	CHECK_INT(rdb_copy_mark_read(folder, FILE_NAME, &read), -ENOENT);
	put(MARK_NAME, good);
	REQUIRE(fchmodat(folder, MARK_NAME, 0620, 0) == 0); /* others may write to it */
	CHECK_INT(rdb_copy_mark_read(folder, FILE_NAME, &read), -ENOENT);
	REQUIRE(renameat(folder, MARK_NAME, folder, "elsewhere") == 0);
	REQUIRE(fchmodat(folder, "elsewhere", 0600, 0) == 0);
	REQUIRE(symlinkat("elsewhere", folder, MARK_NAME) == 0);
	CHECK_INT(rdb_copy_mark_read(folder, FILE_NAME, &read), -ENOENT);
	rdb_copy_mark_remove(folder, FILE_NAME);
	REQUIRE(mkdirat(folder, MARK_NAME, 0700) == 0);
	CHECK_INT(rdb_copy_mark_read(folder, FILE_NAME, &read), -ENOENT);
	REQUIRE(unlinkat(folder, MARK_NAME, AT_REMOVEDIR) == 0);
}

static void test_only_the_file_itself_fits(void)
{
	struct timespec times[2] = {{.tv_sec = 1525177538}, {.tv_sec = 1525177538}};
	struct rdb_copy_mark mark, removed;

	put(FILE_NAME, "archive");
	REQUIRE(utimensat(folder, FILE_NAME, times, 0) == 0);
	mark = removed = mark_of_file();
	CHECK(fits(&mark, FILE_NAME));
	removed.removed = true;
	CHECK(!fits(&removed, FILE_NAME));
	put(FILE_NAME, "changed"); /* the same size, now */
	CHECK(!fits(&mark, FILE_NAME));
	put(FILE_NAME, "longer than before");
	REQUIRE(utimensat(folder, FILE_NAME, times, 0) == 0);
	CHECK(!fits(&mark, FILE_NAME));
	put("another", "archive");
	REQUIRE(utimensat(folder, "another", times, 0) == 0);
	CHECK(!fits(&mark, "another"));
	REQUIRE(renameat(folder, "another", folder, FILE_NAME) == 0);
	CHECK(!fits(&mark, FILE_NAME));
	mark.home = 0;
	CHECK(!fits(&mark, FILE_NAME));
}

static void test_names_of_marks(void)
{
	char file[NAME_MAX + 1];

	CHECK(rdb_copy_mark_is(MARK_NAME, file));
	CHECK_STR(file, FILE_NAME);
	CHECK(!rdb_copy_mark_is(FILE_NAME, file));
	CHECK(!rdb_copy_mark_is(".rdbfs-copy", file));
	CHECK(!rdb_copy_mark_is(MARK_NAME "~", file));
	CHECK(!rdb_copy_mark_is("", file));
}

int main(void)
{
	REQUIRE(mkdtemp(path));
	folder = open(path, O_RDONLY | O_DIRECTORY);
	REQUIRE(folder >= 0);
	RUN(test_written_and_read);
	RUN(test_unusable_marks);
	RUN(test_only_the_file_itself_fits);
	RUN(test_names_of_marks);
	unlinkat(folder, "elsewhere", 0);
	unlinkat(folder, FILE_NAME, 0);
	close(folder);
	CHECK_INT(rmdir(path), 0);
	CHECK_EXIT();
}
