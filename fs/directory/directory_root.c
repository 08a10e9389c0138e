/* Opens the directory of a store, and watches it with inotify. If the directory disappears, closes
 * its descriptor and its watch. If the directory reappears, opens both again. */
#include "directory/directory_private.h"

#include "base/log.h"
#include "io/remote.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

void rdb_directory_release(struct rdb_dir *dir)
{
	if (!dir || atomic_fetch_sub(&dir->refs, 1) != 1)
		return;
	close(dir->fd);
	free(dir);
}

int rdb_directory_hold(struct rdb_directory *d, struct rdb_dir **out, struct rdb_err *err)
{
	int ret = 0;

	pthread_mutex_lock(&d->lock);
	*out = d->dir;
	if (d->dir)
		atomic_fetch_add(&d->dir->refs, 1);
	else
		ret = rdb_err_set(err, EIO, "%s", d->lost.text);
	pthread_mutex_unlock(&d->lock);
	return ret;
}

/* If may_be_closed is true, accepts a folder that the user may not list. */
static int open_dir(const char *path, bool may_be_closed, struct rdb_dir **out, struct rdb_err *err)
{
	struct rdb_dir *dir;
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 && errno == EACCES && may_be_closed)
		fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		int known = errno == ENOENT || errno == ENOTDIR || errno == EACCES;
		return rdb_err_set(err, known ? errno : EIO,
			"%s, the folder of backups, can't be opened: %s", path, strerror(errno));
	}
	dir = malloc(sizeof(*dir));
	if (!dir) {
		close(fd);
		return rdb_err_sys(err, ENOMEM, "%s", path);
	}
	atomic_init(&dir->refs, 1);
	dir->fd = fd;
	*out = dir;
	return 0;
}

/* Replaces the open folder, the listing and the error of "d" by "dir", "listing" and "lost". Takes
 * ownership of "dir" and "listing". Each of these three arguments may be NULL. */
static void replace(struct rdb_directory *d, struct rdb_dir *dir, const struct rdb_listing *listing,
	const struct rdb_err *lost)
{
	const struct rdb_listing *old_listing;
	struct rdb_dir *old_dir;

	pthread_mutex_lock(&d->lock);
	old_dir = d->dir;
	old_listing = d->listing;
	d->dir = dir;
	d->listing = listing;
	d->lost = lost ? *lost : (struct rdb_err){0};
	pthread_mutex_unlock(&d->lock);
	if (old_dir != dir)
		rdb_directory_release(old_dir);
	rdb_listing_unref(old_listing);
}

int rdb_directory_add_watch(const struct rdb_directory *d, int fd)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return inotify_add_watch(d->inotify, path, RDB_DIRECTORY_EVENTS);
}

static void add_watch(struct rdb_directory *d, int fd)
{
	if (d->inotify < 0)
		return;
	d->watch = rdb_directory_add_watch(d, fd);
	if (d->watch < 0)
		d->watch = inotify_add_watch(d->inotify, d->path, RDB_DIRECTORY_EVENTS);
	if (d->watch < 0)
		rdb_log_warning("%s can't be watched (%s): it is read every few seconds instead; "
				"see fs.inotify.max_user_watches",
			d->path, strerror(errno));
}

static void remove_watch(struct rdb_directory *d)
{
	if (d->watch >= 0)
		inotify_rm_watch(d->inotify, d->watch);
	d->watch = -1;
	rdb_subdirectories_clear(&d->subdirectories, d->inotify);
}

int rdb_directory_attach(struct rdb_directory *d, struct rdb_err *err)
{
	struct rdb_dir *dir = NULL;
	int ret = open_dir(d->path, d->only || d->create_only, &dir, err);

	if (ret != 0)
		return ret;
	if (d->create_only) {
		replace(d, dir, NULL, NULL);
		return 0;
	}
	d->remote = rdb_remote(dir->fd);
	add_watch(d, dir->fd); /* watch before the scan, so that no change is missed */
	replace(d, dir, NULL, &d->lost);
	ret = rdb_directory_scan(d, err);
	if (ret == 0)
		ret = rdb_directory_publish(d, err);
	if (ret != 0)
		rdb_directory_lose(d, err);
	return ret;
}

void rdb_directory_lose(struct rdb_directory *d, const struct rdb_err *err)
{
	remove_watch(d);
	replace(d, NULL, NULL, err);
	rdb_file_table_free(&d->table);
}

int rdb_directory_publish(struct rdb_directory *d, struct rdb_err *err)
{
	const struct rdb_listing *listing;

	if (rdb_file_table_listing(&d->table, &listing) != 0)
		return rdb_err_sys(err, ENOMEM, "%s can't be listed", d->path);
	replace(d, d->dir, listing, NULL);
	return 0;
}
