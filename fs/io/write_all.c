#include "io/write_all.h"

#include <errno.h>
#include <unistd.h>

int rdb_write_all(int fd, const void *data, size_t len)
{
	const char *at = data;

	while (len > 0) {
		ssize_t n = write(fd, at, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

int rdb_write_all_at(int fd, const void *data, size_t len, uint64_t at)
{
	const char *from = data;

	while (len > 0) {
		ssize_t n = pwrite(fd, from, len, (off_t)at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		from += n;
		len -= (size_t)n;
		at += (uint64_t)n;
	}
	return 0;
}
