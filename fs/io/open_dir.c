#include "io/open_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

DIR *rdb_open_dir(int dirfd, const char *name)
{
	int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;

	if (!dir && fd >= 0) {
		int code = errno;
		close(fd);
		errno = code;
	}
	return dir;
}
