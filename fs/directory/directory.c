#include "directory/directory_private.h"

#include "base/condition.h"
#include "base/formatted.h"
#include "base/log.h"
#include "base/thread.h"
#include "writer/output.h"
#include "writer/partial.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/statvfs.h>
#include <unistd.h>

static struct rdb_directory *to_directory(struct rdb_store *store)
{
	return (struct rdb_directory *)store;
}

/* ---- operations ---- */

static int directory_list(
	struct rdb_store *store, const struct rdb_listing **out, struct rdb_err *err)
{
	struct rdb_directory *d = to_directory(store);
	int ret = 0;

	pthread_mutex_lock(&d->lock);
	if (d->listing)
		*out = rdb_listing_ref(d->listing);
	else if (d->create_only)
		ret = rdb_err_set(err, EIO, "%s was opened without being listed", d->path);
	else
		ret = rdb_err_set(err, EIO, "%s", d->lost.text);
	pthread_mutex_unlock(&d->lock);
	return ret;
}

static int directory_can_create(struct rdb_store *store, struct rdb_err *err)
{
	struct rdb_directory *d = to_directory(store);

	if (access(d->path, W_OK | X_OK) == 0)
		return 0;
	return rdb_err_set(err, errno == EROFS ? EROFS : EACCES,
		"no backups can be written to %s: %s", d->path, strerror(errno));
}

static int directory_create(struct rdb_store *store, const struct rdb_new_backup *backup,
	struct rdb_output **out, struct rdb_err *err)
{
	struct rdb_directory *d = to_directory(store);
	char path[PATH_MAX];

	if (strchr(backup->file, '/'))
		return rdb_err_set(err, EINVAL, "%s is not the name of a file", backup->file);
	if (snprintf(path, sizeof(path), "%s%s%s", d->path, strcmp(d->path, "/") == 0 ? "" : "/",
		    backup->file) >= (int)sizeof(path))
		return rdb_err_sys(err, ENAMETOOLONG, "%s", backup->file);
	return rdb_output_file(path, backup->overwrite, out, err);
}

static int directory_clean(struct rdb_store *store, struct rdb_err *err)
{
	struct rdb_dir *dir;
	int ret = rdb_directory_hold(to_directory(store), &dir, err);

	if (ret != 0)
		return ret;
	ret = rdb_partial_clean(dir->fd, err);
	rdb_directory_release(dir);
	return ret == 0 || ret == -EACCES || ret > 0 ? ret : -EIO;
}

static int directory_space(struct rdb_store *store, uint64_t *total, uint64_t *free_bytes)
{
	struct rdb_directory *d = to_directory(store);
	struct rdb_dir *dir;
	struct statvfs fs;
	int ret = rdb_directory_hold(d, &dir, NULL);

	if (ret != 0)
		return ret;
	ret = fstatvfs(dir->fd, &fs) == 0 ? 0 : -EIO;
	rdb_directory_release(dir);
	if (ret == 0) {
		*total = (uint64_t)fs.f_blocks * fs.f_frsize;
		*free_bytes = (uint64_t)fs.f_bavail * fs.f_frsize;
	}
	return ret;
}

static int directory_watch(
	struct rdb_store *store, rdb_store_changed changed, void *arg, struct rdb_err *err)
{
	struct rdb_directory *d = to_directory(store);
	int code;

	d->changed = changed;
	d->changed_arg = arg;
	code = rdb_thread_start(&d->thread, rdb_directory_watch, d);
	if (code != 0)
		return rdb_err_set(
			err, EAGAIN, "%s can't be watched: %s", d->path, strerror(-code));
	d->watched = true;
	return 0;
}

static void directory_unwatch(struct rdb_store *store)
{
	struct rdb_directory *d = to_directory(store);

	if (!d->watched)
		return;
	atomic_store(&d->stopping, true);
	rdb_directory_wake(d);
	pthread_join(d->thread, NULL);
	atomic_store(&d->stopping, false);
	d->watched = false;
}

static void directory_close(struct rdb_store *store)
{
	struct rdb_directory *d = to_directory(store);

	directory_unwatch(store);
	rdb_directory_lose(d, NULL);
	if (d->inotify >= 0)
		close(d->inotify);
	if (d->wake >= 0)
		close(d->wake);
	while (d->suspects.count)
		free(d->suspects.names[--d->suspects.count]);
	pthread_cond_destroy(&d->outcome);
	pthread_mutex_destroy(&d->lock);
	free(d->path);
	free(d->only);
	free(d->whole);
	free(d);
}

/* Operations of a store that has one archive or export and accepts no new backups. */
static const struct rdb_store_ops single_ops = {
	.list = directory_list,
	.check = rdb_directory_check,
	.address = rdb_store_address_single,
	.open = rdb_directory_open,
	.open_folder = rdb_directory_open_folder,
	.watch = directory_watch,
	.unwatch = directory_unwatch,
	.remove = rdb_directory_remove,
	.space = directory_space,
	.close = directory_close,
};

static const struct rdb_store_ops directory_ops = {
	.list = directory_list,
	.check = rdb_directory_check,
	.open = rdb_directory_open,
	.copied = rdb_directory_copied,
	.open_folder = rdb_directory_open_folder,
	.watch = directory_watch,
	.unwatch = directory_unwatch,
	.can_create = directory_can_create,
	.create = directory_create,
	.clean = directory_clean,
	.remove = rdb_directory_remove,
	.space = directory_space,
	.close = directory_close,
};

static char *absolute(const char *path)
{
	char cwd[PATH_MAX];

	if (path[0] == '/' || !getcwd(cwd, sizeof(cwd)))
		return strdup(path);
	if (strcmp(path, ".") == 0)
		return strdup(cwd);
	return rdb_formatted("%s/%s", cwd, path);
}

static struct rdb_directory *create(const char *path)
{
	struct rdb_directory *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	pthread_mutex_init(&d->lock, NULL);
	rdb_condition_init(&d->outcome);
	d->watch = -1;
	d->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	d->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	d->path = absolute(path);
	d->store = (struct rdb_store){.ops = &directory_ops, .where = d->path, .path = d->path};
	if (!d->path || d->wake < 0) {
		directory_close(&d->store);
		return NULL;
	}
	if (d->inotify < 0)
		rdb_log_warning("%s can't be watched (%s): it is read every few seconds instead; "
				"see fs.inotify.max_user_instances",
			path, strerror(errno));
	return d;
}

static int attach(struct rdb_directory *d, struct rdb_store **out, struct rdb_err *err)
{
	int ret = rdb_directory_attach(d, err);

	if (ret != 0) {
		directory_close(&d->store);
		return ret;
	}
	*out = &d->store;
	return 0;
}

int rdb_store_directory(const char *path, const struct rdb_store_options *options,
	struct rdb_store **out, struct rdb_err *err)
{
	struct rdb_directory *d = create(path);

	if (!d)
		return rdb_err_sys(err, ENOMEM, "%s", path);
	d->create_only = options && options->create_only;
	d->recursive = options && options->recursive;
	return attach(d, out, err);
}

/* Splits an absolute path into folder and name. Returns false if memory is exhausted. The caller
 * frees *folder and *name, even after a failure. */
static bool split(const char *path, char **folder, char **name)
{
	const char *slash = strrchr(path, '/');

	*folder = strndup(path, slash == path ? 1 : (size_t)(slash - path));
	*name = strdup(slash + 1);
	return *folder && *name;
}

int rdb_directory_single(const char *path, struct rdb_store **out, struct rdb_err *err)
{
	char *whole = absolute(path), *folder = NULL, *name = NULL;
	struct rdb_directory *d = NULL;

	if (whole && split(whole, &folder, &name))
		d = create(folder);
	free(folder);
	if (!d) {
		free(whole);
		free(name);
		return rdb_err_sys(err, ENOMEM, "%s", path);
	}
	d->only = name;
	d->whole = whole;
	d->store = (struct rdb_store){.ops = &single_ops, .where = whole, .path = whole};
	return attach(d, out, err);
}
