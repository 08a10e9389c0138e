#include "mount/readahead.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static unsigned present(int fd)
{
	char text[32] = "";

	if (pread(fd, text, sizeof(text) - 1, 0) <= 0)
		return 0;
	return (unsigned)strtoul(text, NULL, 10);
}

int rdb_readahead_raise(const char *bdi, dev_t device, unsigned kib)
{
	char path[256];
	int fd, ret = 0;

	snprintf(path, sizeof(path), "%s/%u:%u/read_ahead_kb", bdi, major(device), minor(device));
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (present(fd) < kib && dprintf(fd, "%u\n", kib) < 0)
		ret = -errno;
	close(fd);
	return ret;
}
