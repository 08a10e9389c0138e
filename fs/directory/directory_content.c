/* Decides by a file's name and first bytes whether the file is a backup. */
#include "directory/directory_private.h"
#include "format/recognise.h"
#include "store/file_name.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int rdb_directory_open_file(int dirfd, const char *path, bool link)
{
	const int flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | (link ? 0 : O_NOFOLLOW);
	int fd = openat(dirfd, path, flags | O_NONBLOCK);

	if (fd < 0 && errno == EWOULDBLOCK)
		fd = openat(dirfd, path, flags);
	return fd;
}

/* Returns true if the owner of the symbolic link is the user of rdbfs, root or the owner of the
 * target. A link of any other user might show users a file that only rdbfs can read. */
static bool is_trusted(const struct stat *link, const struct stat *target)
{
	return link->st_uid == geteuid() || link->st_uid == 0 || link->st_uid == target->st_uid;
}

int rdb_directory_stat(const struct rdb_directory *d, const char *path, struct stat *st, bool *link)
{
	struct stat target;

	*link = false;
	if (fstatat(d->dir->fd, path, st, AT_SYMLINK_NOFOLLOW) != 0)
		return -errno;
	if (S_ISREG(st->st_mode))
		return 0;
	if (!S_ISLNK(st->st_mode) || fstatat(d->dir->fd, path, &target, 0) != 0 ||
		!S_ISREG(target.st_mode) || !is_trusted(st, &target))
		return -EINVAL;
	*st = target;
	*link = true;
	return 0;
}

static const char *by_content(const struct rdb_directory *d, const struct rdb_listed_file *file)
{
	int fd = rdb_directory_open_file(d->dir->fd, file->name, file->link);
	const char *words = NULL;
	struct rdb_source *source;
	bool is_archive;
	int ret;

	if (fd < 0)
		return errno == EACCES || errno == EPERM ? "no permission to read it"
							 : "it can't be read";
	ret = rdb_source_file(fd, file->name, &source, NULL);
	if (ret != 0)
		return "it can't be read";
	ret = rdb_recognise(source, &is_archive, &words, NULL);
	rdb_source_close(source);
	if (ret != 0)
		return "it can't be read";
	if (is_archive)
		return NULL;
	return words        ? words
	       : file->link ? "a link to something that is not an archive"
			    : "unknown suffix";
}

const char *rdb_directory_refuse(const struct rdb_directory *d, const struct rdb_listed_file *file)
{
	const char *name = rdb_name_of_path(file->name);
	size_t base;

	if (file->kind != RDB_ENTRY_ARCHIVE || file->forced)
		return NULL;
	if (rdb_name_is_archive(name, &base) && !file->link)
		return NULL;
	if (rdb_name_is_temporary(name))
		return "unfinished, by its name";
	return atomic_load(&d->remote) ? "unknown suffix" : by_content(d, file);
}
