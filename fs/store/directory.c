#include "store/directory.h"

#include "base/log.h"
#include "base/remote.h"
#include "base/thread.h"
#include "store/export.h"
#include "writer/home.h"
#include "writer/output.h"
#include "writer/partial.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define CHECK_SECONDS 1
#define HIDDEN_MAX 100 /* hidden names tried for a folder that is being removed */

static struct rdb_directory *to_directory(struct rdb_store *store)
{
	return (struct rdb_directory *)store;
}

/* ---- the open directory ---- */

static void release_dir(struct rdb_dir *dir)
{
	if (!dir || atomic_fetch_sub(&dir->refs, 1) != 1)
		return;
	close(dir->fd);
	free(dir);
}

/* Returns a reference to the open directory, or why it is not open. */
static int hold_dir(struct rdb_directory *d, struct rdb_dir **out, struct rdb_err *err)
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

/* Opens a directory. may_be_closed: accept a directory that can be searched but not read. */
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

/* Publishes directory and listing. Takes ownership of both; both NULL while lost. */
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
		release_dir(old_dir);
	rdb_listing_unref(old_listing);
}

/* Watches the folder of a descriptor, so that the opened directory is watched even if its name
 * moves. */
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
	add_watch(d, dir->fd); /* before the scan, so that no change is missed in between */
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
	rdb_table_free(&d->table);
}

int rdb_directory_publish(struct rdb_directory *d, struct rdb_err *err)
{
	const struct rdb_listing *listing;

	if (rdb_table_listing(&d->table, &listing) != 0)
		return rdb_err_sys(err, ENOMEM, "%s can't be listed", d->path);
	replace(d, d->dir, listing, NULL);
	return 0;
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

static void wake(struct rdb_directory *d)
{
	uint64_t one = 1;

	if (write(d->wake, &one, sizeof(one)) < 0)
		rdb_log_debug("%s: the watching thread is not woken", d->path);
}

/* Adds a name. The caller holds the lock. */
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

/* Requests another check of the file of an entry that does not match, regardless of events.
 * Returns the value that answered reaches when the listing shows the result. */
static uint64_t suspect(struct rdb_directory *d, const struct rdb_entry *entry)
{
	uint64_t asked;

	pthread_mutex_lock(&d->lock);
	add_suspect(&d->suspects, entry->path);
	asked = ++d->suspects.asked;
	pthread_mutex_unlock(&d->lock);
	wake(d);
	return asked;
}

static int stale(struct rdb_directory *d, const struct rdb_entry *entry, struct rdb_err *err)
{
	suspect(d, entry);
	return rdb_err_set(err, ESTALE, "%s/%s has been replaced or removed", d->path, entry->file);
}

static int open_failed(struct rdb_directory *d, const struct rdb_entry *entry, struct rdb_err *err)
{
	int code = errno;

	if (code == ENOENT || code == ELOOP || code == ENOTDIR || code == ENXIO)
		return stale(d, entry, err);
	if (code == EPERM)
		code = EACCES;
	if (code == ENFILE)
		code = EMFILE;
	if (code != EACCES && code != EMFILE && code != ENOMEM)
		code = EIO;
	return rdb_err_set(
		err, code, "%s/%s can't be opened: %s", d->path, entry->file, strerror(errno));
}

static bool same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

/* Returns whether the file differs from the entry. False also if that cannot be determined. */
static bool differs(struct rdb_directory *d, const struct rdb_entry *entry)
{
	struct rdb_dir *dir;
	struct stat st;
	bool same;

	if (hold_dir(d, &dir, NULL) != 0)
		return false;
	same = fstatat(dir->fd, entry->path, &st, entry->link ? 0 : AT_SYMLINK_NOFOLLOW) == 0
		       ? (uint64_t)st.st_size == entry->size &&
				 same_time(&st.st_mtim, &entry->mtime)
		       : errno != ENOENT;
	release_dir(dir);
	return !same;
}

/* Checks an entry against its file, and waits for the listing if they differ: events may be a
 * moment late, and always are on file systems that other machines write to. */
static int directory_check(struct rdb_store *store, const struct rdb_entry *entry)
{
	struct rdb_directory *d = to_directory(store);
	struct timespec until;
	uint64_t asked;
	int ret = 0;

	if (entry->kind != RDB_ENTRY_ARCHIVE || !atomic_load(&d->watched) ||
		atomic_load(&d->remote) || !differs(d, entry))
		return 0;
	asked = suspect(d, entry);
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += CHECK_SECONDS;
	pthread_mutex_lock(&d->lock);
	while (d->answered < asked && ret == 0)
		ret = pthread_cond_timedwait(&d->outcome, &d->lock, &until);
	pthread_mutex_unlock(&d->lock);
	return -ESTALE;
}

static int directory_open(struct rdb_store *store, const struct rdb_entry *entry,
	struct rdb_source **out, struct rdb_err *err)
{
	struct rdb_directory *d = to_directory(store);
	struct rdb_source *source;
	struct rdb_dir *dir;
	uint64_t home = 0;
	int fd, ret = hold_dir(d, &dir, err);

	if (ret != 0)
		return ret;
	fd = rdb_directory_open_file(dir->fd, entry->path, entry->link);
	if (fd < 0)
		ret = open_failed(d, entry, err);
	else
		home = rdb_home(dir->fd, fd, entry->path);
	release_dir(dir);
	if (ret != 0)
		return ret;
	ret = rdb_source_file(fd, entry->file, &source, err);
	if (ret != 0)
		return ret == -EINVAL ? stale(d, entry, err) : ret;
	if (source->identity.size != entry->size ||
		!same_time(&source->identity.mtime, &entry->mtime)) {
		rdb_source_close(source);
		return stale(d, entry, err);
	}
	source->home = home;
	*out = source;
	return 0;
}

static int check_folder(
	struct rdb_directory *d, int dirfd, const struct rdb_entry *entry, struct rdb_err *err)
{
	struct timespec newest = {0};
	int ret = rdb_export_probe(dirfd, entry->path, &newest);

	if (ret < 0) {
		errno = -ret;
		return open_failed(d, entry, err);
	}
	return ret == 1 && same_time(&newest, &entry->mtime) ? 0 : stale(d, entry, err);
}

static int directory_open_folder(
	struct rdb_store *store, const struct rdb_entry *entry, int *out, struct rdb_err *err)
{
	struct rdb_directory *d = to_directory(store);
	struct rdb_dir *dir;
	int fd, ret = hold_dir(d, &dir, err);

	if (ret != 0)
		return ret;
	ret = check_folder(d, dir->fd, entry, err);
	if (ret == 0) {
		fd = openat(dir->fd, entry->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0)
			ret = open_failed(d, entry, err);
		else
			*out = fd;
	}
	release_dir(dir);
	return ret;
}

static int remove_failed(
	struct rdb_directory *d, const struct rdb_entry *entry, struct rdb_err *err)
{
	int code = errno;

	if (code == ENOENT || code == EISDIR)
		return stale(d, entry, err);
	if (code == EPERM)
		code = EACCES;
	if (code != EACCES && code != EROFS && code != ENOMEM)
		code = EIO;
	return rdb_err_set(
		err, code, "%s/%s can't be removed: %s", d->path, entry->file, strerror(errno));
}

static int remove_archive(
	struct rdb_directory *d, int dirfd, const struct rdb_entry *entry, struct rdb_err *err)
{
	struct stat st;

	if (fstatat(dirfd, entry->path, &st, entry->link ? 0 : AT_SYMLINK_NOFOLLOW) != 0)
		return remove_failed(d, entry, err);
	if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size != entry->size ||
		!same_time(&st.st_mtim, &entry->mtime))
		return stale(d, entry, err);
	return unlinkat(dirfd, entry->path, 0) == 0 ? 0 : remove_failed(d, entry, err);
}

/* Finds a hidden name that does not exist: a hidden folder of an earlier attempt may hold files
 * that stay. */
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

/* Hides the folder before removing its files, so that a partial folder is never listed. */
static int remove_folder(
	struct rdb_directory *d, int dirfd, const struct rdb_entry *entry, struct rdb_err *err)
{
	char hidden[64];
	int ret = check_folder(d, dirfd, entry, err);

	if (ret != 0)
		return ret;
	ret = hide_folder(dirfd, entry, hidden, sizeof(hidden));
	if (ret != 0)
		return remove_failed(d, entry, err);
	ret = rdb_export_remove(dirfd, hidden, err);
	if (ret == -ENOTEMPTY)
		return rdb_err_set(err, EIO,
			"%s/%s is removed, but for what is not part of the export: it is in %s",
			d->path, entry->file, hidden);
	return ret;
}

static int directory_remove(
	struct rdb_store *store, const struct rdb_entry *entry, struct rdb_err *err)
{
	struct rdb_directory *d = to_directory(store);
	struct rdb_dir *dir;
	int ret = hold_dir(d, &dir, err);

	if (ret != 0)
		return ret;
	if (entry->kind == RDB_ENTRY_FOLDER)
		ret = remove_folder(d, dir->fd, entry, err);
	else
		ret = remove_archive(d, dir->fd, entry, err);
	release_dir(dir);
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
	int ret = hold_dir(to_directory(store), &dir, err);

	if (ret != 0)
		return ret;
	ret = rdb_partial_clean(dir->fd, err);
	release_dir(dir);
	return ret == 0 || ret == -EACCES || ret > 0 ? ret : -EIO;
}

static int directory_space(struct rdb_store *store, uint64_t *total, uint64_t *free_bytes)
{
	struct rdb_directory *d = to_directory(store);
	struct rdb_dir *dir;
	struct statvfs fs;
	int ret = hold_dir(d, &dir, NULL);

	if (ret != 0)
		return ret;
	ret = fstatvfs(dir->fd, &fs) == 0 ? 0 : -EIO;
	release_dir(dir);
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
	wake(d);
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

/* Operations of a store of one archive or export, which accepts no new backups. */
static const struct rdb_store_ops single_ops = {
	.list = directory_list,
	.check = directory_check,
	.open = directory_open,
	.open_folder = directory_open_folder,
	.watch = directory_watch,
	.unwatch = directory_unwatch,
	.remove = directory_remove,
	.space = directory_space,
	.close = directory_close,
};

static const struct rdb_store_ops directory_ops = {
	.list = directory_list,
	.check = directory_check,
	.open = directory_open,
	.open_folder = directory_open_folder,
	.watch = directory_watch,
	.unwatch = directory_unwatch,
	.can_create = directory_can_create,
	.create = directory_create,
	.clean = directory_clean,
	.remove = directory_remove,
	.space = directory_space,
	.close = directory_close,
};

/* Makes a path absolute and resolves links now: the program changes its working directory later,
 * and links may change. */
static char *absolute(const char *path)
{
	char cwd[PATH_MAX], *out;

	if (path[0] == '/' || !getcwd(cwd, sizeof(cwd)))
		return strdup(path);
	if (strcmp(path, ".") == 0)
		return strdup(cwd);
	return asprintf(&out, "%s/%s", cwd, path) < 0 ? NULL : out;
}

static struct rdb_directory *create(const char *path)
{
	struct rdb_directory *d = calloc(1, sizeof(*d));
	pthread_condattr_t attr;

	if (!d)
		return NULL;
	pthread_mutex_init(&d->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&d->outcome, &attr);
	pthread_condattr_destroy(&attr);
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

/* Splits an absolute path without a slash at its end. Returns false when out of memory. */
static bool split(const char *path, char **folder, char **name)
{
	const char *slash = strrchr(path, '/');

	*folder = strndup(path, slash == path ? 1 : (size_t)(slash - path));
	*name = strdup(slash + 1);
	return *folder && *name;
}

int rdb_store_single(const char *path, struct rdb_store **out, struct rdb_err *err)
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
