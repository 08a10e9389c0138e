#include "store/directory.h"

#include "store/export.h"
#include "store/file_name.h"
#include "store/writer_probe.h"

#include "base/log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#define RECENT_MS 60000 /* ms: a file changed this recently may still have a writer */
#define STILL_MS 5000   /* ms without a change: complete, unless an event says otherwise */
#define FOLDERS_MAX 32  /* folders checked at a time */
#define DEPTH_MAX 8     /* levels of nested folders */
#define LOOKS_MAX 6     /* doublings of the pause, from one second to about one minute */

int64_t rdb_directory_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

/* Returns whether a time is less than ms ago. A time in the future counts too: clocks differ. */
static bool changed_within(const struct timespec *mtime, int64_t ms)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (now.tv_sec - mtime->tv_sec) * INT64_C(1000) +
		       (now.tv_nsec - mtime->tv_nsec) / 1000000 <
	       ms;
}

/* ---- one file ---- */

/* Updates size and time. Returns true if they changed. */
static bool update(struct rdb_file *file, enum rdb_entry_kind kind, uint64_t size,
	const struct timespec *mtime)
{
	if (file->since && file->kind == kind && file->size == size &&
		file->mtime.tv_sec == mtime->tv_sec && file->mtime.tv_nsec == mtime->tv_nsec)
		return false;
	file->kind = kind;
	file->size = size;
	file->mtime = *mtime;
	file->since = rdb_directory_now();
	file->looks = 0;
	return true;
}

static bool update_archive(struct rdb_file *file, const struct stat *st, bool link)
{
	file->inode = st->st_ino;
	file->link = link;
	return update(file, RDB_ENTRY_ARCHIVE, (uint64_t)st->st_size, &st->st_mtim);
}

static void complete(struct rdb_directory *d, struct rdb_file *file)
{
	file->writing = false;
	if (file->complete)
		return;
	file->complete = true;
	rdb_table_pass_over(&d->table, file, rdb_directory_refuse(d, file));
	if (!file->passed_over)
		rdb_table_renew(&d->table, file);
}

/* Hides a file until its next check: soon at first, then more and more rarely. */
static void wait_for(struct rdb_directory *d, struct rdb_file *file)
{
	int64_t now = rdb_directory_now();

	rdb_table_hide(&d->table, file);
	file->due = now + (INT64_C(1000) << file->looks);
	if (file->looks < LOOKS_MAX)
		file->looks++;
	if (now < file->since + STILL_MS && file->due > file->since + STILL_MS)
		file->due = file->since + STILL_MS;
}

static enum rdb_writer probe(struct rdb_directory *d, const struct rdb_file *file)
{
	int fd = openat(d->dir->fd, file->name,
		O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | (file->link ? 0 : O_NOFOLLOW));
	enum rdb_writer writer;

	if (fd < 0)
		return RDB_WRITER_UNKNOWN;
	writer = rdb_writer_probe(fd);
	close(fd);
	return writer;
}

/* ---- at a scan: no event told of the file ---- */

static void judge_archive(struct rdb_directory *d, struct rdb_file *file)
{
	enum rdb_writer writer = RDB_WRITER_NONE;

	if (file->writing || changed_within(&file->mtime, RECENT_MS))
		writer = probe(d, file);
	if (writer == RDB_WRITER_ACTIVE ||
		(writer == RDB_WRITER_UNKNOWN &&
			(file->writing || changed_within(&file->mtime, STILL_MS))))
		wait_for(d, file);
	else
		complete(d, file);
}

static void scan_archive(struct rdb_directory *d, const char *name)
{
	struct rdb_file *file;
	struct stat st;
	bool link;

	if (rdb_directory_stat(d, name, &st, &link) != 0 ||
		!(file = rdb_table_add(&d->table, name)))
		return;
	file->seen = true;
	file->forced = d->only != NULL;
	if (update_archive(file, &st, link))
		rdb_table_hide(&d->table, file);
	if (!file->complete)
		judge_archive(d, file);
}

static void scan_folder(struct rdb_directory *d, const char *name, bool renamed)
{
	struct timespec newest = {0};
	int ret = rdb_export_probe(d->dir->fd, name, &newest);
	struct rdb_file *file = ret < 0 ? NULL : rdb_table_add(&d->table, name);

	if (!file)
		return;
	file->seen = true;
	if (update(file, RDB_ENTRY_FOLDER, 0, &newest))
		rdb_table_hide(&d->table, file);
	if (file->complete)
		return;
	if (ret == 0 && !changed_within(&newest, RECENT_MS))
		file->looks = LOOKS_MAX; /* not a file, and unlikely to become one */
	if (ret != 1 || (!renamed && changed_within(&newest, STILL_MS)) ||
		rdb_export_newest(d->dir->fd, name, &file->newest) != 0)
		wait_for(d, file);
	else
		complete(d, file);
}

/* Returns whether a name deserves a check, judged by the name and the kind of file. */
static bool may_list(const char *name, mode_t mode)
{
	const char *last = rdb_name_of_path(name);

	return S_ISREG(mode) || S_ISLNK(mode) ? last[0] != '.'
					      : S_ISDIR(mode) && rdb_name_may_be_export(last);
}

static void scan_name(struct rdb_directory *d, const char *name)
{
	struct stat st;

	if (fstatat(d->dir->fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
		(!d->only && !may_list(name, st.st_mode)))
		return;
	if (S_ISDIR(st.st_mode))
		scan_folder(d, name, false);
	else
		scan_archive(d, name);
}

/* ---- all of them ---- */

static bool worth_a_look(const struct dirent *entry)
{
	if (entry->d_type == DT_UNKNOWN)
		return entry->d_name[0] != '.';
	return may_list(entry->d_name, DTTOIF(entry->d_type));
}

static DIR *open_folder(int parent, const char *path)
{
	int fd = openat(parent, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (fd >= 0 && !dir)
		close(fd);
	return dir;
}

static void watch_folder(struct rdb_directory *d, int fd, const char *path)
{
	int watch = d->inotify < 0 ? -1 : rdb_directory_add_watch(d, fd);

	if (watch >= 0 && !rdb_subdirectories_note(&d->subdirectories, watch, path))
		inotify_rm_watch(d->inotify, watch);
	else if (watch < 0 && d->inotify >= 0)
		rdb_log_warning("%s/%s can't be watched (%s): what changes in it is not seen; see "
				"fs.inotify.max_user_watches",
			d->path, path, strerror(errno));
}

static int scan_folders(struct rdb_directory *d, DIR *dir, const char *prefix, int depth);

/* Scans a folder that is not an export, because it may contain backups. An unreadable folder has
 * none. */
static void descend(struct rdb_directory *d, const char *path, int depth)
{
	struct rdb_file *file = rdb_table_find(&d->table, path);
	struct timespec newest;
	DIR *dir;

	if (!file || file->kind != RDB_ENTRY_FOLDER || file->complete || depth == DEPTH_MAX ||
		rdb_export_probe(d->dir->fd, path, &newest) != 0)
		return;
	dir = open_folder(d->dir->fd, path);
	if (!dir)
		return;
	watch_folder(d, dirfd(dir), path);
	if (scan_folders(d, dir, path, depth + 1) != 0)
		rdb_log_warning("%s/%s can't be read to its end", d->path, path);
	closedir(dir);
}

/* Scans the folders in a directory. Returns 0, or the errno of readdir(). */
static int scan_folders(struct rdb_directory *d, DIR *dir, const char *prefix, int depth)
{
	char path[PATH_MAX];
	struct dirent *entry;

	while (errno = 0, (entry = readdir(dir))) {
		int len = snprintf(
			path, sizeof(path), "%s%s%s", prefix, *prefix ? "/" : "", entry->d_name);
		if (!worth_a_look(entry) || len >= (int)sizeof(path))
			continue;
		scan_name(d, path);
		if (d->recursive)
			descend(d, path, depth);
	}
	return -errno;
}

static int scan_all(struct rdb_directory *d)
{
	DIR *dir = open_folder(d->dir->fd, ".");
	int ret = dir ? scan_folders(d, dir, "", 0) : -errno;

	if (dir)
		closedir(dir);
	rdb_subdirectories_sweep(&d->subdirectories, d->inotify);
	return ret;
}

int rdb_directory_scan(struct rdb_directory *d, struct rdb_err *err)
{
	struct stat st;
	int ret = fstat(d->dir->fd, &st) == 0 ? 0 : -errno;

	if (ret == 0 && d->only)
		scan_name(d, d->only);
	else if (ret == 0)
		ret = scan_all(d);
	if (ret != 0)
		return rdb_err_set(err, EIO, "%s can't be read: %s", d->path, strerror(-ret));
	rdb_table_sweep(&d->table);
	d->mtime = st.st_mtim;
	d->scanned = rdb_directory_now();
	return 0;
}

/* ---- events ---- */

static void forget(struct rdb_directory *d, const char *name)
{
	struct rdb_file *file = rdb_table_find(&d->table, name);

	if (file)
		rdb_table_remove(&d->table, file);
}

/* Does not access the file system: a writer causes many of these events. */
void rdb_directory_opened(struct rdb_directory *d, const char *name, bool folder)
{
	struct rdb_file *file;

	if (!may_list(name, folder ? S_IFDIR : S_IFREG))
		return;
	file = rdb_table_add(&d->table, name);
	if (!file)
		return;
	file->kind = folder ? RDB_ENTRY_FOLDER : RDB_ENTRY_ARCHIVE;
	file->writing = true;
	file->since = 0;
	file->looks = 0;
	wait_for(d, file);
}

/* Updates a file's state. *changed: the file differs from the listing. Returns NULL if there is no
 * file to list. */
static struct rdb_file *refresh(struct rdb_directory *d, const char *name, bool *changed)
{
	struct rdb_file *file;
	struct stat st;
	bool link;

	if (!d->only && !may_list(name, S_IFREG))
		return NULL;
	if (rdb_directory_stat(d, name, &st, &link) != 0) {
		forget(d, name);
		return NULL;
	}
	file = rdb_table_add(&d->table, name);
	if (!file)
		return NULL;
	file->forced = d->only != NULL;
	*changed = update_archive(file, &st, link);
	return file;
}

void rdb_directory_closed(struct rdb_directory *d, const char *name)
{
	bool changed = false;
	struct rdb_file *file = refresh(d, name, &changed);

	if (!file || (file->complete && !changed))
		return;
	rdb_table_hide(&d->table, file);
	if (probe(d, file) == RDB_WRITER_ACTIVE)
		wait_for(d, file);
	else
		complete(d, file);
}

static bool is_same(struct rdb_directory *d, const struct rdb_file *file)
{
	struct stat st;
	bool link;

	return rdb_directory_stat(d, file->name, &st, &link) == 0 && st.st_ino == file->inode &&
	       (uint64_t)st.st_size == file->size && st.st_mtim.tv_sec == file->mtime.tv_sec &&
	       st.st_mtim.tv_nsec == file->mtime.tv_nsec;
}

void rdb_directory_arrived(struct rdb_directory *d, const char *name, bool folder)
{
	struct rdb_file *file = rdb_table_find(&d->table, name);
	bool changed;

	if (!folder && file && file->complete && is_same(d, file))
		return; /* checked already */
	forget(d, name);
	if (folder && may_list(name, S_IFDIR)) {
		scan_folder(d, name, true);
		file = rdb_table_find(&d->table, name);
		if (file)
			file->seen = false;
	} else if (!folder && (file = refresh(d, name, &changed))) {
		complete(d, file);
	}
}

void rdb_directory_touched(struct rdb_directory *d, const char *name)
{
	struct rdb_file *file = rdb_table_find(&d->table, name);

	if (!file || !file->complete)
		return;
	scan_name(d, name);
	if (!file->seen)
		rdb_table_remove(&d->table, file);
	else
		file->seen = false;
}

bool rdb_directory_recheck(struct rdb_directory *d, const char *name, bool last)
{
	struct rdb_file *file = rdb_table_find(&d->table, name);
	struct stat st;
	bool link;

	if (!last && file && file->complete && file->kind == RDB_ENTRY_ARCHIVE &&
		rdb_directory_stat(d, name, &st, &link) == 0 && st.st_ino != file->inode)
		return false;
	rdb_directory_touched(d, name);
	return true;
}

void rdb_directory_left(struct rdb_directory *d, const char *name)
{
	forget(d, name);
}

void rdb_directory_distrust(struct rdb_directory *d)
{
	for (size_t i = 0; i < d->table.count; i++)
		d->table.files[i]->writing = false;
}

/* ---- incomplete files ---- */

/* Returns whether a file is complete. If inotify reports a writer's close, that close is awaited;
 * another hard link to a complete file (ln) causes none. */
static bool is_still(const struct rdb_directory *d, const struct rdb_file *file, nlink_t links)
{
	return rdb_directory_now() - file->since >= STILL_MS &&
	       (!file->writing || file->link || d->remote || d->inotify < 0 || links > 1);
}

static void look_at_archive(struct rdb_directory *d, struct rdb_file *file)
{
	enum rdb_writer writer = RDB_WRITER_UNKNOWN;
	struct stat st;
	bool changed, link;

	/* Check twice: only regular files are opened, and opening one refreshes what a remote file
	 * system has cached of it. */
	if (rdb_directory_stat(d, file->name, &st, &link) == 0) {
		file->link = link;
		writer = probe(d, file);
	}
	if (rdb_directory_stat(d, file->name, &st, &link) != 0) {
		rdb_table_remove(&d->table, file);
		return;
	}
	changed = update_archive(file, &st, link);
	if (writer == RDB_WRITER_NONE ||
		(writer == RDB_WRITER_UNKNOWN && !changed && is_still(d, file, st.st_nlink)))
		complete(d, file);
	else
		wait_for(d, file);
}

static void look_at_folder(struct rdb_directory *d, struct rdb_file *file)
{
	struct timespec shallow = {0}, deep = {0};
	int is_export = rdb_export_probe(d->dir->fd, file->name, &shallow);

	if (is_export < 0 || (is_export && rdb_export_newest(d->dir->fd, file->name, &deep) != 0)) {
		rdb_table_remove(&d->table, file);
		return;
	}
	update(file, RDB_ENTRY_FOLDER, 0, is_export ? &deep : &shallow);
	if (is_export && rdb_directory_now() - file->since >= STILL_MS) {
		update(file, RDB_ENTRY_FOLDER, 0, &shallow);
		file->newest = deep;
		complete(d, file);
	} else {
		wait_for(d, file);
	}
}

/* Check the target of a link: its directory may not be watched. */
static void look_behind_link(struct rdb_directory *d, struct rdb_file *file)
{
	struct stat st;
	bool link;

	if (rdb_directory_stat(d, file->name, &st, &link) != 0)
		rdb_table_remove(&d->table, file);
	else if (update_archive(file, &st, link))
		wait_for(d, file);
}

static void look_into_folder(struct rdb_directory *d, struct rdb_file *file)
{
	struct timespec newest = {0};

	if (rdb_export_newest(d->dir->fd, file->name, &newest) == 0 &&
		newest.tv_sec == file->newest.tv_sec && newest.tv_nsec == file->newest.tv_nsec)
		return;
	file->since = 0;
	update(file, RDB_ENTRY_FOLDER, 0, &newest);
	wait_for(d, file);
}

void rdb_directory_look_into_folders(struct rdb_directory *d)
{
	size_t count = d->table.count, left = FOLDERS_MAX;

	/* Check the count again: the table may lose the file that is checked. */
	for (size_t i = 0; i < count && left > 0 && d->table.count > 0; i++) {
		struct rdb_file *file = d->table.files[d->next_folder++ % d->table.count];
		if (!file->complete || (file->kind != RDB_ENTRY_FOLDER && !file->link))
			continue;
		if (file->link)
			look_behind_link(d, file);
		else
			look_into_folder(d, file);
		left--;
	}
}

int64_t rdb_directory_look(struct rdb_directory *d)
{
	int64_t now = rdb_directory_now(), next = INT64_MAX;
	struct rdb_file *file;

	/* Iterate from the end: a missing file is removed from the table. */
	for (size_t i = d->table.count; i-- > 0;) {
		file = d->table.files[i];
		if (file->complete || file->due > now)
			continue;
		if (file->kind == RDB_ENTRY_FOLDER)
			look_at_folder(d, file);
		else
			look_at_archive(d, file);
	}
	for (size_t i = 0; i < d->table.count; i++) {
		file = d->table.files[i];
		if (!file->complete && file->due < next)
			next = file->due;
	}
	return next;
}
