/* Opens the archives and folders that a directory lists. The functions that open a listed archive
 * or folder return -ESTALE if the archive or folder was replaced or removed after the listing. */
#include "directory/directory_private.h"

#include "base/condition.h"
#include "base/log.h"
#include "store/copy_mark.h"
#include "store/export.h"
#include "writer/home.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define CHECK_SECONDS 1

void rdb_directory_wake(struct rdb_directory *d)
{
	uint64_t one = 1;

	if (write(d->wake, &one, sizeof(one)) < 0)
		rdb_log_debug("%s: the watching thread is not woken", d->path);
}

/* Adds the file's name to the list of files that the watching thread must check. If the list is
 * full or memory is exhausted, requests a check of all files. The caller holds the directory's
 * lock. */
static void add_suspect(struct rdb_suspects *suspects, const char *name)
{
	for (size_t i = 0; i < suspects->count; i++)
		if (strcmp(suspects->names[i], name) == 0)
			return;
	if (suspects->count == RDB_SUSPECTS_MAX ||
		!(suspects->names[suspects->count] = strdup(name)))
		suspects->all = true;
	else
		suspects->count++;
}

/* Asks the watching thread to check an entry's file. Returns the number of this request. The check
 * has ended when d->answered has reached this number. */
static uint64_t suspect(struct rdb_directory *d, const struct rdb_entry *entry)
{
	uint64_t asked;

	pthread_mutex_lock(&d->lock);
	add_suspect(&d->suspects, entry->path);
	asked = ++d->suspects.asked;
	pthread_mutex_unlock(&d->lock);
	rdb_directory_wake(d);
	return asked;
}

int rdb_directory_stale(struct rdb_directory *d, const struct rdb_entry *entry, struct rdb_err *err)
{
	suspect(d, entry);
	return rdb_err_set(err, ESTALE, "%s/%s has been replaced or removed", d->path, entry->file);
}

static int open_failed(struct rdb_directory *d, const struct rdb_entry *entry, struct rdb_err *err)
{
	int code = errno;

	if (code == ENOENT || code == ELOOP || code == ENOTDIR || code == ENXIO)
		return rdb_directory_stale(d, entry, err);
	if (code == EPERM)
		code = EACCES;
	if (code == ENFILE)
		code = EMFILE;
	if (code != EACCES && code != EMFILE && code != ENOMEM)
		code = EIO;
	return rdb_err_set(
		err, code, "%s/%s can't be opened: %s", d->path, entry->file, strerror(errno));
}

/* Returns true if the entry's file was removed, or has another size or modification time than the
 * entry. Returns false if the file cannot be examined. */
static bool differs(struct rdb_directory *d, const struct rdb_entry *entry)
{
	struct rdb_dir *dir;
	struct stat st;
	bool same;

	if (rdb_directory_hold(d, &dir, NULL) != 0)
		return false;
	same = fstatat(dir->fd, entry->path, &st, entry->link ? 0 : AT_SYMLINK_NOFOLLOW) == 0
		       ? (uint64_t)st.st_size == entry->size &&
				 rdb_directory_same_time(&st.st_mtim, &entry->mtime)
		       : errno != ENOENT;
	rdb_directory_release(dir);
	return !same;
}

/* Returns -ESTALE if the entry's archive was changed or removed after the listing, or else 0.
 * Examines the file itself, because inotify events may be late. May wait for CHECK_SECONDS. */
int rdb_directory_check(struct rdb_store *store, const struct rdb_entry *entry)
{
	struct rdb_directory *d = (struct rdb_directory *)store;
	int64_t until;
	uint64_t asked;
	int ret = 0;

	if (entry->kind != RDB_ENTRY_ARCHIVE || !atomic_load(&d->watched) ||
		atomic_load(&d->remote) || !differs(d, entry))
		return 0;
	/* Let the watching thread update the listing before the caller reads the listing. */
	asked = suspect(d, entry);
	until = rdb_wait_now() + CHECK_SECONDS * 1000;
	pthread_mutex_lock(&d->lock);
	while (d->answered < asked && ret == 0)
		ret = rdb_condition_wait(&d->outcome, &d->lock, until);
	pthread_mutex_unlock(&d->lock);
	return -ESTALE;
}

int rdb_directory_open(struct rdb_store *store, const struct rdb_entry *entry,
	struct rdb_source **out, struct rdb_err *err)
{
	struct rdb_directory *d = (struct rdb_directory *)store;
	struct rdb_source *source;
	struct rdb_dir *dir;
	uint64_t home = 0;
	int fd, ret = rdb_directory_hold(d, &dir, err);

	if (ret != 0)
		return ret;
	fd = rdb_directory_open_file(dir->fd, entry->path, entry->link);
	if (fd < 0)
		ret = open_failed(d, entry, err);
	else
		home = rdb_home(dir->fd, fd, entry->path);
	rdb_directory_release(dir);
	if (ret != 0)
		return ret;
	ret = rdb_source_file(fd, entry->file, &source, err);
	if (ret != 0)
		return ret == -EINVAL ? rdb_directory_stale(d, entry, err) : ret;
	if (source->identity.size != entry->size ||
		!rdb_directory_same_time(&source->identity.mtime, &entry->mtime)) {
		rdb_source_close(source);
		return rdb_directory_stale(d, entry, err);
	}
	source->home = home;
	*out = source;
	return 0;
}

int rdb_directory_copied(
	struct rdb_store *store, const struct rdb_entry *entry, struct rdb_store_copy *out)
{
	struct rdb_directory *d = (struct rdb_directory *)store;
	struct rdb_copy_mark mark;
	struct rdb_dir *dir;
	int fd, ret;

	if (entry->kind != RDB_ENTRY_ARCHIVE || entry->link)
		return -ENOENT;
	ret = rdb_directory_hold(d, &dir, NULL);
	if (ret != 0)
		return ret;
	ret = rdb_copy_mark_read(dir->fd, entry->path, &mark);
	if (ret == 0) {
		fd = rdb_directory_open_file(dir->fd, entry->path, false);
		if (fd < 0)
			ret = open_failed(d, entry, NULL);
		else if (!rdb_copy_mark_fits(&mark, dir->fd, fd, entry->path))
			ret = -ENOENT;
		if (fd >= 0)
			close(fd);
	}
	rdb_directory_release(dir);
	if (ret == 0)
		*out = mark.of;
	return ret;
}

int rdb_directory_check_folder(
	struct rdb_directory *d, int dirfd, const struct rdb_entry *entry, struct rdb_err *err)
{
	struct timespec newest = {0};
	int ret = rdb_export_probe(dirfd, entry->path, &newest);

	if (ret < 0) {
		errno = -ret;
		return open_failed(d, entry, err);
	}
	return ret == 1 && rdb_directory_same_time(&newest, &entry->mtime)
		       ? 0
		       : rdb_directory_stale(d, entry, err);
}

int rdb_directory_open_folder(
	struct rdb_store *store, const struct rdb_entry *entry, int *out, struct rdb_err *err)
{
	struct rdb_directory *d = (struct rdb_directory *)store;
	struct rdb_dir *dir;
	int fd, ret = rdb_directory_hold(d, &dir, err);

	if (ret != 0)
		return ret;
	ret = rdb_directory_check_folder(d, dir->fd, entry, err);
	if (ret == 0) {
		fd = openat(dir->fd, entry->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0)
			ret = open_failed(d, entry, err);
		else
			*out = fd;
	}
	rdb_directory_release(dir);
	return ret;
}
