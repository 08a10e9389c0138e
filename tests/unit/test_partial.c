/* Partial files on network file systems, with flock(2)'s rules for them: an exclusive lock needs a
 * writable descriptor, and may not show other writers. test_writer covers the rest. */
#include "writer/partial.h"

#include "io/remote.h"
#include "unit/check.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static bool remote;

/* Replaces the library's function. */
bool rdb_remote(int fd)
{
	(void)fd;
	return remote;
}

/* Replaces the C library's function. */
int flock(int fd, int how)
{
	if (remote && (how & LOCK_EX) && (fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDONLY) {
		errno = EBADF;
		return -1;
	}
	return (int)syscall(SYS_flock, fd, how);
}

static char folder[64];
static int dir;

static void open_folder(void)
{
	strcpy(folder, "/tmp/rdbfs-partial-XXXXXX");
	REQUIRE(mkdtemp(folder));
	REQUIRE((dir = open(folder, O_RDONLY | O_DIRECTORY)) >= 0);
}

static void close_folder(void)
{
	close(dir);
	CHECK_INT(rmdir(folder), 0);
}

static bool is_there(const char *name)
{
	return faccessat(dir, name, F_OK, 0) == 0;
}

/* Leaves a partial file as of a process that died age seconds ago. */
static void leave(const char *name, time_t age)
{
	struct timespec times[2] = {{.tv_sec = time(NULL) - age}, {.tv_sec = time(NULL) - age}};
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL, 0600);

	REQUIRE(fd >= 0 && futimens(fd, times) == 0);
	close(fd);
}

static int create(const char *name)
{
	struct rdb_partial *partial = NULL;
	char path[256];
	int ret;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	ret = rdb_partial_create(path, false, &partial, NULL);
	rdb_partial_close(partial);
	return ret;
}

static void test_old_partial_files_are_removed(void)
{
	open_folder();
	remote = true;
	leave(".old.rdbfs-partial", 2 * 86400);
	leave(".new.rdbfs-partial", 600);
	leave(".ahead.rdbfs-partial", -600);
	CHECK_INT(rdb_partial_clean(dir, NULL), 1);
	CHECK(!is_there(".old.rdbfs-partial"));
	CHECK(is_there(".new.rdbfs-partial"));
	remote = false;
	CHECK_INT(rdb_partial_clean(dir, NULL), 2);
	close_folder();
}

static void test_same_name_again(void)
{
	open_folder();
	remote = true;
	leave(".a.tar.gz.rdbfs-partial", 2 * 86400);
	CHECK_INT(create("a.tar.gz"), 0);
	leave(".a.tar.gz.rdbfs-partial", 600);
	CHECK_INT(create("a.tar.gz"), -EBUSY);
	CHECK(is_there(".a.tar.gz.rdbfs-partial"));
	remote = false;
	CHECK_INT(create("a.tar.gz"), 0);
	CHECK(!is_there(".a.tar.gz.rdbfs-partial"));
	close_folder();
}

int main(void)
{
	RUN(test_old_partial_files_are_removed);
	RUN(test_same_name_again);
	CHECK_EXIT();
}
