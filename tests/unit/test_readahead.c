#include "mount/readahead.h"
#include "unit/check.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static char root[64];

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	REQUIRE(file != NULL);
	fputs(text, file);
	fclose(file);
}

/* Folder of a device, as in the kernel's sysfs, with the size of its readahead. */
static void make_device(const char *kib, char path[128])
{
	snprintf(path, 128, "%s/7:300", root);
	mkdir(path, 0700);
	snprintf(path, 128, "%s/7:300/read_ahead_kb", root);
	write_file(path, kib);
}

static unsigned long present(const char *path)
{
	FILE *file = fopen(path, "r");
	unsigned long kib = 0;

	REQUIRE(file != NULL);
	CHECK_INT(fscanf(file, "%lu", &kib), 1);
	fclose(file);
	return kib;
}

static void test_it_is_raised(void)
{
	char path[128];

	make_device("128\n", path);
	CHECK_INT(rdb_readahead_raise(root, makedev(7, 300), 1024), 0);
	CHECK_INT(present(path), 1024);
}

static void test_larger_readahead_stays(void)
{
	char path[128];

	make_device("4096\n", path);
	CHECK_INT(rdb_readahead_raise(root, makedev(7, 300), 1024), 0);
	CHECK_INT(present(path), 4096);
}

static void test_a_device_that_is_not_there(void)
{
	CHECK_INT(rdb_readahead_raise(root, makedev(7, 301), 1024), -ENOENT);
}

int main(void)
{
	char command[128];

	strcpy(root, "/tmp/rdbfs-readahead.XXXXXX");
	REQUIRE(mkdtemp(root) != NULL);
	RUN(test_it_is_raised);
	RUN(test_larger_readahead_stays);
	RUN(test_a_device_that_is_not_there);
	snprintf(command, sizeof(command), "rm -r '%s'", root);
	CHECK_INT(system(command), 0);
	CHECK_EXIT();
}
