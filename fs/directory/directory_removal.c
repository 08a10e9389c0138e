/* Removes backups from a store that is a local directory. */
#include "directory/directory_private.h"
#include "store/copy_mark.h"
#include "store/export.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define HIDDEN_MAX 100

static int remove_failed(
	struct rdb_directory *d, const struct rdb_entry *entry, struct rdb_err *err)
{
	int code = errno;

	if (code == ENOENT || code == EISDIR)
		return rdb_directory_stale(d, entry, err);
	if (code == EPERM)
		code = EACCES;
	if (code != EACCES && code != EROFS && code != ENOMEM)
		code = EIO;
	return rdb_err_set(
		err, code, "%s/%s can't be removed: %s", d->path, entry->file, strerror(errno));
}

static void remove_mark(int dirfd, const struct rdb_entry *entry)
{
	struct rdb_copy_mark mark;

	/* If mark.removed is set, keep the mark, because the mark prevents the mirror from copying
	 * the backup again. */
	if (rdb_copy_mark_read(dirfd, entry->path, &mark) == 0 && !mark.removed)
		rdb_copy_mark_remove(dirfd, entry->path);
}

static int remove_archive(
	struct rdb_directory *d, int dirfd, const struct rdb_entry *entry, struct rdb_err *err)
{
	struct stat st;

	if (fstatat(dirfd, entry->path, &st, entry->link ? 0 : AT_SYMLINK_NOFOLLOW) != 0)
		return remove_failed(d, entry, err);
	if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size != entry->size ||
		!rdb_directory_same_time(&st.st_mtim, &entry->mtime))
		return rdb_directory_stale(d, entry, err);
	if (unlinkat(dirfd, entry->path, 0) != 0)
		return remove_failed(d, entry, err);
	remove_mark(dirfd, entry);
	return 0;
}

/* Renames the entry's folder to a hidden name, and stores the hidden name in "hidden". Tries
 * several names, because hidden folders of earlier removals may still exist. */
static int hide_folder(int dirfd, const struct rdb_entry *entry, char *hidden, size_t size)
{
	for (int i = 0; i < HIDDEN_MAX; i++) {
		snprintf(hidden, size, ".rdbfs-removed-%d-%llu-%d", (int)getpid(),
			(unsigned long long)entry->id, i);
		if (renameat(dirfd, entry->path, dirfd, hidden) == 0)
			return 0;
		if (errno != ENOTEMPTY && errno != EEXIST)
			break;
	}
	return -errno;
}

/* Removes the files of an export and the export's folder. Hides the folder first, so that a partly
 * removed folder is never listed. */
static int remove_folder(
	struct rdb_directory *d, int dirfd, const struct rdb_entry *entry, struct rdb_err *err)
{
	char hidden[64];
	int ret = rdb_directory_check_folder(d, dirfd, entry, err);

	if (ret != 0)
		return ret;
	ret = hide_folder(dirfd, entry, hidden, sizeof(hidden));
	if (ret != 0)
		return remove_failed(d, entry, err);
	ret = rdb_export_remove(dirfd, hidden, err);
	if (ret == -ENOTEMPTY)
		return rdb_err_set(err, EIO,
			"%s/%s was removed, except files that are not part of the export: they are "
			"in %s",
			d->path, entry->file, hidden);
	return ret;
}

int rdb_directory_remove(
	struct rdb_store *store, const struct rdb_entry *entry, struct rdb_err *err)
{
	struct rdb_directory *d = (struct rdb_directory *)store;
	struct rdb_dir *dir;
	int ret = rdb_directory_hold(d, &dir, err);

	if (ret != 0)
		return ret;
	if (entry->kind == RDB_ENTRY_FOLDER)
		ret = remove_folder(d, dir->fd, entry, err);
	else
		ret = remove_archive(d, dir->fd, entry, err);
	rdb_directory_release(dir);
	return ret;
}
