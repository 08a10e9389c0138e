/* State of a file in a directory store: the file's kind, size and modification time at the most
 * recent check for changes, and whether the file is completely written. */
#include "directory/directory_file.h"

#include "base/wait.h"
#include "io/remote.h"
#include "store/file_name.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

bool rdb_directory_may_list(const char *name, mode_t mode)
{
	const char *last = rdb_name_of_path(name);

	return S_ISREG(mode) || S_ISLNK(mode) ? last[0] != '.'
					      : S_ISDIR(mode) && rdb_name_may_be_export(last);
}

bool rdb_file_update(struct rdb_listed_file *file, enum rdb_entry_kind kind, uint64_t size,
	const struct timespec *mtime)
{
	if (file->since && file->kind == kind && file->size == size &&
		rdb_directory_same_time(&file->mtime, mtime))
		return false;
	file->kind = kind;
	file->size = size;
	file->mtime = *mtime;
	file->since = rdb_wait_now();
	file->looks = 0;
	return true;
}

bool rdb_file_update_archive(struct rdb_listed_file *file, const struct stat *st, bool link)
{
	file->inode = st->st_ino;
	file->link = link;
	return rdb_file_update(file, RDB_ENTRY_ARCHIVE, (uint64_t)st->st_size, &st->st_mtim);
}

void rdb_directory_complete(struct rdb_directory *d, struct rdb_listed_file *file)
{
	file->writing = false;
	if (file->complete)
		return;
	file->complete = true;
	rdb_file_table_pass_over(&d->table, file, rdb_directory_refuse(d, file));
	if (!file->passed_over)
		rdb_file_table_renew(&d->table, file);
}

void rdb_directory_wait_for(struct rdb_directory *d, struct rdb_listed_file *file)
{
	int64_t now = rdb_wait_now();

	rdb_file_table_hide(&d->table, file);
	file->due = now + (INT64_C(1000) << file->looks);
	if (file->looks < RDB_LOOKS_MAX)
		file->looks++;
	if (now < file->since + RDB_STILL_MS && file->due > file->since + RDB_STILL_MS)
		file->due = file->since + RDB_STILL_MS;
}

/* Finds out whether a program has the file open for writing. The kernel refuses a read lease on
 * such a file. */
static enum rdb_file_writer probe(int fd)
{
	/* Let the kernel report a broken lease by SIGURG, which is ignored by default, instead of
	 * SIGIO, which would kill the process. */
	if (rdb_remote(fd) || fcntl(fd, F_SETSIG, SIGURG) != 0)
		return RDB_WRITER_UNKNOWN;
	if (fcntl(fd, F_SETLEASE, F_RDLCK) != 0)
		return errno == EAGAIN ? RDB_WRITER_ACTIVE : RDB_WRITER_UNKNOWN;
	fcntl(fd, F_SETLEASE, F_UNLCK);
	return RDB_WRITER_NONE;
}

enum rdb_file_writer rdb_directory_probe(
	struct rdb_directory *d, const struct rdb_listed_file *file)
{
	int fd = openat(d->dir->fd, file->name,
		O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | (file->link ? 0 : O_NOFOLLOW));
	enum rdb_file_writer writer;

	if (fd < 0)
		return RDB_WRITER_UNKNOWN;
	writer = probe(fd);
	close(fd);
	return writer;
}
