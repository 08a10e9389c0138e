#include "io/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Creates a temporary file in the folder "dir", and removes the file's name. Used for file systems
 * without O_TMPFILE. */
static int open_and_unlink(const char *dir)
{
	char path[PATH_MAX];
	int fd;

	if (snprintf(path, sizeof(path), "%s/.rdbfs-XXXXXX", dir) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	unlink(path);
	return fd;
}

static int open_nameless(const char *dir)
{
	int fd = open(dir, O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);

	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT))
		return fd < 0 ? -errno : fd;
	return open_and_unlink(dir);
}

int rdb_scratch_open(const char *dir, struct rdb_err *err)
{
	const char *tmpdir = getenv("TMPDIR");
	int fd;

	if (!dir)
		dir = tmpdir && *tmpdir ? tmpdir : "/var/tmp";
	fd = open_nameless(dir);
	if (fd >= 0)
		return fd;
	return rdb_err_set(err, -fd,
		"a temporary file in %s: %s (--temp-dir or TMPDIR names another folder)", dir,
		strerror(-fd));
}
