/* File descriptors of the test program: their number, and a shortage. */
#ifndef RDB_TESTS_DESCRIPTORS_H
#define RDB_TESTS_DESCRIPTORS_H

#include "unit/check.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#define DESCRIPTORS 64

struct descriptors {
	struct rlimit before;
	int fds[DESCRIPTORS];
	int count;
};

/* Lowers the limit of the program to at most DESCRIPTORS. */
static inline void descriptors_limit(struct descriptors *descriptors, unsigned limit)
{
	struct rlimit few;

	REQUIRE(getrlimit(RLIMIT_NOFILE, &descriptors->before) == 0);
	few = (struct rlimit){limit, descriptors->before.rlim_max};
	REQUIRE(setrlimit(RLIMIT_NOFILE, &few) == 0);
	descriptors->count = 0;
}

/* Uses up all descriptors below the limit. */
static inline void descriptors_use_up(struct descriptors *descriptors)
{
	int fd;

	while ((fd = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0)
		descriptors->fds[descriptors->count++] = fd;
	REQUIRE(errno == EMFILE);
}

/* Makes one more descriptor available. Returns false if there is none to give back. */
static inline bool descriptors_give_back(struct descriptors *descriptors)
{
	return descriptors->count > 0 && close(descriptors->fds[--descriptors->count]) == 0;
}

static inline void descriptors_restore(struct descriptors *descriptors)
{
	while (descriptors_give_back(descriptors))
		;
	REQUIRE(setrlimit(RLIMIT_NOFILE, &descriptors->before) == 0);
}

/* Returns the number of open descriptors. */
static inline int descriptors_open(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int count = -3; /* ".", ".." and the directory itself */

	REQUIRE(dir);
	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

#endif
