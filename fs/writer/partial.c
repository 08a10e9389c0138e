#include "writer/partial.h"

#include "base/log.h"
#include "io/open_dir.h"
#include "io/remote.h"
#include "io/rename_flags.h"
#include "writer/home.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define FORSAKEN 86400 /* seconds without a write after which a file counts as left over */

struct rdb_partial {
	int folder;
	int fd;
	bool overwrite;
	bool committed;
	char *path;
	const char *name; /* last component of path */
	char hidden[NAME_MAX + 1];
};

/* ---- locks ---- */

static int lock_file(int fd, int how)
{
	while (flock(fd, how) != 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

static bool is_named(int folder, const char *name, int fd)
{
	struct stat here, there;

	return fstat(fd, &here) == 0 && fstatat(folder, name, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
	       here.st_dev == there.st_dev && here.st_ino == there.st_ino;
}

/* Returns true if a writer on another machine may still be writing the file. The time of the last
 * write decides, because this machine does not see the writer's lock. */
static bool may_be_written_elsewhere(int fd, const struct stat *st)
{
	time_t age = time(NULL) - st->st_mtime;

	return age < FORSAKEN && rdb_remote(fd);
}

/*
 * Removes the file, unless a process may be writing the file.
 * Returns:
 *   1       the file was removed
 *   0       the file does not exist any more
 *   -EBUSY  a process may be writing the file
 *   other   another negative errno
 */
static int remove_dead(int folder, const char *name)
{
	/* Open for writing, because NFS and SMB lock only a file that is open for writing. */
	int fd = openat(folder, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	int ret;

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || may_be_written_elsewhere(fd, &st))
		ret = -EBUSY;
	else
		ret = lock_file(fd, LOCK_EX | LOCK_NB);
	if (ret == -EWOULDBLOCK)
		ret = -EBUSY;
	if (ret == 0 && is_named(folder, name, fd))
		ret = unlinkat(folder, name, 0) == 0 ? 1 : -errno;
	close(fd);
	return ret;
}

/* Creates the hidden partial file, and locks the file. Returns -EAGAIN if another process removed
 * the new file before the file was locked. */
static int create_locked(struct rdb_partial *partial)
{
	int ret;

	partial->fd = openat(
		partial->folder, partial->hidden, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (partial->fd < 0)
		return -errno;
	ret = lock_file(partial->fd, LOCK_EX);
	if (ret == 0 && is_named(partial->folder, partial->hidden, partial->fd))
		return 0;
	close(partial->fd);
	partial->fd = -1;
	return ret ? ret : -EAGAIN;
}

static int create_hidden(struct rdb_partial *partial)
{
	int ret;

	for (int tries = 0; tries < 10; tries++) {
		ret = create_locked(partial);
		if (ret == -EEXIST) {
			ret = remove_dead(partial->folder, partial->hidden);
			if (ret < 0)
				return ret;
		} else if (ret != -EAGAIN) {
			return ret;
		}
	}
	return -EBUSY;
}

/* ---- creating ---- */

static int split_path(struct rdb_partial *partial, const char *path, struct rdb_err *err)
{
	char *slash;
	int len;

	partial->path = strdup(path);
	if (!partial->path)
		return rdb_err_sys(err, ENOMEM, "%s", path);
	slash = strrchr(partial->path, '/');
	partial->name = slash ? slash + 1 : partial->path;
	if (!*partial->name || strcmp(partial->name, ".") == 0 || strcmp(partial->name, "..") == 0)
		return rdb_err_set(err, EINVAL, "%s is not the name of a file", path);
	len = snprintf(
		partial->hidden, sizeof(partial->hidden), ".%s" RDB_PARTIAL_SUFFIX, partial->name);
	if (len >= (int)sizeof(partial->hidden))
		return rdb_err_sys(err, ENAMETOOLONG, "%s", path);
	if (slash)
		*slash = '\0';
	partial->folder = open(!slash                   ? "."
			       : slash == partial->path ? "/"
							: partial->path,
		O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (partial->folder < 0)
		return rdb_err_sys(err, errno, "the folder of %s", path);
	if (slash)
		*slash = '/';
	return 0;
}

static int check_free(struct rdb_partial *partial, struct rdb_err *err)
{
	struct stat st;

	if (fstatat(partial->folder, partial->name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return 0;
	if (S_ISDIR(st.st_mode))
		return rdb_err_sys(err, EISDIR, "%s", partial->path);
	if (!partial->overwrite)
		return rdb_err_set(err, EEXIST, "%s exists already", partial->path);
	return 0;
}

int rdb_partial_create(
	const char *path, bool overwrite, struct rdb_partial **out, struct rdb_err *err)
{
	struct rdb_partial *partial = calloc(1, sizeof(*partial));
	int ret;

	if (!partial)
		return rdb_err_sys(err, ENOMEM, "%s", path);
	partial->fd = -1;
	partial->folder = -1;
	partial->overwrite = overwrite;
	ret = split_path(partial, path, err);
	if (ret == 0)
		ret = check_free(partial, err);
	if (ret == 0) {
		ret = create_hidden(partial);
		if (ret == -EBUSY)
			rdb_err_set(err, EBUSY,
				"%s is being written by another process; if no process writes it, "
				"on this or another machine, remove %s beside it",
				path, partial->hidden);
		else if (ret != 0)
			rdb_err_sys(err, -ret, "%s", path);
	}
	if (ret != 0) {
		rdb_partial_close(partial);
		return ret;
	}
	*out = partial;
	return 0;
}

int rdb_partial_fd(const struct rdb_partial *partial)
{
	return partial->fd;
}

int rdb_partial_folder(const struct rdb_partial *partial)
{
	return partial->folder;
}

uint64_t rdb_partial_home(const struct rdb_partial *partial)
{
	return rdb_home(partial->folder, partial->fd, partial->name);
}

/* ---- committing ---- */

/* Gives the partial file its final name by link(), on a file system without RENAME_NOREPLACE.
 * Returns -EEXIST if the final name exists, because link() then fails. */
static int rename_by_link(struct rdb_partial *partial)
{
	if (linkat(partial->folder, partial->hidden, partial->folder, partial->name, 0) == 0) {
		unlinkat(partial->folder, partial->hidden, 0);
		return 0;
	}
	if (errno == EEXIST)
		return -EEXIST;
	/* Without hard links (FAT), check that the name is free, and then rename the file. */
	if (faccessat(partial->folder, partial->name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return -EEXIST;
	if (renameat(partial->folder, partial->hidden, partial->folder, partial->name) != 0)
		return -errno;
	return 0;
}

static int rename_hidden(struct rdb_partial *partial)
{
	unsigned flags = partial->overwrite ? 0 : RENAME_NOREPLACE;

	if (renameat2(partial->folder, partial->hidden, partial->folder, partial->name, flags) == 0)
		return 0;
	if (flags && (errno == EINVAL || errno == ENOSYS || errno == ENOTSUP))
		return rename_by_link(partial);
	return -errno;
}

static int sync_folder(int folder)
{
	/* Ignore EINVAL and EROFS, because a file system that cannot sync a folder does not need
	 * the sync. */
	if (fsync(folder) != 0 && errno != EINVAL && errno != EROFS)
		return -errno;
	return 0;
}

int rdb_partial_commit(struct rdb_partial *partial, struct rdb_err *err)
{
	int ret;

	if (fsync(partial->fd) != 0)
		return rdb_err_sys(err, errno, "%s", partial->path);
	ret = rename_hidden(partial);
	if (ret == -EEXIST)
		return rdb_err_set(err, EEXIST, "%s exists already", partial->path);
	if (ret != 0)
		return rdb_err_sys(err, -ret, "%s", partial->path);
	partial->committed = true;
	ret = sync_folder(partial->folder);
	return ret ? rdb_err_sys(err, -ret, "the folder of %s", partial->path) : 0;
}

void rdb_partial_close(struct rdb_partial *partial)
{
	if (!partial)
		return;
	if (partial->fd >= 0 && !partial->committed)
		unlinkat(partial->folder, partial->hidden, 0);
	if (partial->fd >= 0)
		close(partial->fd);
	if (partial->folder >= 0)
		close(partial->folder);
	free(partial->path);
	free(partial);
}

/* ---- files without a name ---- */

int rdb_partial_scratch(int folder)
{
	char path[64];
	int fd = openat(folder, ".", O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);

	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT))
		return fd >= 0 ? fd : -errno;
	/* Give the file the suffix, so that rdb_partial_clean() removes the file if this process
	 * dies before unlink(). */
	snprintf(path, sizeof(path), "/proc/self/fd/%d/.XXXXXX" RDB_PARTIAL_SUFFIX, folder);
	fd = mkostemps(path, (int)strlen(RDB_PARTIAL_SUFFIX), O_CLOEXEC);
	if (fd < 0)
		return -errno;
	unlink(path);
	return fd;
}

/* ---- files left by dead processes ---- */

static bool is_partial_name(const char *name)
{
	size_t len = strlen(name), suffix = strlen(RDB_PARTIAL_SUFFIX);

	return name[0] == '.' && len > suffix + 1 &&
	       strcmp(name + len - suffix, RDB_PARTIAL_SUFFIX) == 0;
}

int rdb_partial_clean(int folder, struct rdb_err *err)
{
	DIR *dir = rdb_open_dir(folder, ".");
	struct dirent *entry;
	int count = 0;

	if (!dir)
		return rdb_err_sys(err, errno, "leftover partial files");
	while ((entry = readdir(dir))) {
		if (!is_partial_name(entry->d_name))
			continue;
		int ret = remove_dead(folder, entry->d_name);
		if (ret == 1) {
			rdb_log_info("removed %s, left over by a backup that did not finish",
				entry->d_name);
			count++;
		} else if (ret < 0 && ret != -EBUSY) {
			rdb_log_warning("%s: %s", entry->d_name, strerror(-ret));
		}
	}
	closedir(dir);
	return count;
}
