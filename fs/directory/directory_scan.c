/* Scans of a directory of backups. After a change event, a scan examines one file or folder. A scan
 * examines all files and folders when the directory is opened, and when events may have been lost.
 */
#include "directory/directory_file.h"

#include "io/open_dir.h"
#include "store/export.h"
#include "store/file_name.h"

#include "base/log.h"
#include "base/wait.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/vfs.h>
#include <unistd.h>

#define RECENT_MS 60000 /* ms; a file changed within this time may have a writer */
#define DEPTH_MAX 8

/* Returns true if the time *mtime is less than "ms" milliseconds ago. Also returns true for a time
 * in the future, because clocks of machines differ. */
static bool changed_within(const struct timespec *mtime, int64_t ms)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (now.tv_sec - mtime->tv_sec) * INT64_C(1000) +
		       (now.tv_nsec - mtime->tv_nsec) / 1000000 <
	       ms;
}

/* ---- files that a scan has found, without an inotify event ---- */

static void judge_archive(struct rdb_directory *d, struct rdb_listed_file *file)
{
	enum rdb_file_writer writer = RDB_WRITER_NONE;

	if (file->writing || changed_within(&file->mtime, RECENT_MS))
		writer = rdb_directory_probe(d, file);
	if (writer == RDB_WRITER_ACTIVE ||
		(writer == RDB_WRITER_UNKNOWN &&
			(file->writing || changed_within(&file->mtime, RDB_STILL_MS))))
		rdb_directory_wait_for(d, file);
	else
		rdb_directory_complete(d, file);
}

static void scan_archive(struct rdb_directory *d, const char *name)
{
	struct rdb_listed_file *file;
	struct stat st;
	bool link;

	if (rdb_directory_stat(d, name, &st, &link) != 0 ||
		!(file = rdb_file_table_add(&d->table, name)))
		return;
	file->seen = true;
	file->forced = d->only != NULL;
	if (rdb_file_update_archive(file, &st, link))
		rdb_file_table_hide(&d->table, file);
	if (!file->complete)
		judge_archive(d, file);
}

void rdb_directory_scan_folder(struct rdb_directory *d, const char *name, bool renamed)
{
	struct timespec newest = {0};
	int ret = rdb_export_probe(d->dir->fd, name, &newest);
	struct rdb_listed_file *file = ret < 0 ? NULL : rdb_file_table_add(&d->table, name);

	if (!file)
		return;
	file->seen = true;
	if (rdb_file_update(file, RDB_ENTRY_FOLDER, 0, &newest))
		rdb_file_table_hide(&d->table, file);
	if (file->complete)
		return;
	if (ret == 0 && !changed_within(&newest, RECENT_MS))
		file->looks = RDB_LOOKS_MAX; /* check rarely: unlikely to become an export */
	if (ret != 1 || (!renamed && changed_within(&newest, RDB_STILL_MS)) ||
		rdb_export_newest(d->dir->fd, name, &file->newest) != 0)
		rdb_directory_wait_for(d, file);
	else
		rdb_directory_complete(d, file);
}

void rdb_directory_scan_name(struct rdb_directory *d, const char *name)
{
	struct stat st;

	if (fstatat(d->dir->fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
		(!d->only && !rdb_directory_may_list(name, st.st_mode)))
		return;
	if (S_ISDIR(st.st_mode))
		rdb_directory_scan_folder(d, name, false);
	else
		scan_archive(d, name);
}

/* ---- all files and folders ---- */

static bool worth_a_look(const struct dirent *entry)
{
	if (entry->d_type == DT_UNKNOWN)
		return entry->d_name[0] != '.';
	return rdb_directory_may_list(entry->d_name, DTTOIF(entry->d_type));
}

static void watch_folder(struct rdb_directory *d, int fd, const char *path)
{
	int watch = d->inotify < 0 ? -1 : rdb_directory_add_watch(d, fd);

	if (watch >= 0 && !rdb_subdirectories_note(&d->subdirectories, watch, path))
		inotify_rm_watch(d->inotify, watch);
	else if (watch < 0 && d->inotify >= 0)
		rdb_log_warning("%s/%s can't be watched (%s): changes in it are not seen; see "
				"fs.inotify.max_user_watches",
			d->path, path, strerror(errno));
}

static int scan_folders(struct rdb_directory *d, DIR *dir, const char *prefix, int depth);

static void descend(struct rdb_directory *d, const char *path, int depth)
{
	struct rdb_listed_file *file = rdb_file_table_find(&d->table, path);
	struct timespec newest;
	DIR *dir;

	if (!file || file->kind != RDB_ENTRY_FOLDER || file->complete || depth == DEPTH_MAX ||
		rdb_export_probe(d->dir->fd, path, &newest) != 0)
		return;
	dir = rdb_open_dir(d->dir->fd, path);
	if (!dir)
		return;
	watch_folder(d, dirfd(dir), path);
	if (scan_folders(d, dir, path, depth + 1) != 0)
		rdb_log_warning("%s/%s can't be read to its end", d->path, path);
	closedir(dir);
}

/* Returns true if the folder is the root of a mount of rdbfs. */
static bool is_mount(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && (unsigned)fs.f_type == FUSE_SUPER_MAGIC &&
	       faccessat(fd, ".rdbfs/status.json", F_OK, 0) == 0;
}

/* Updates the store's table of files from a folder. "prefix" is the folder's path below the store's
 * root, or "" for the root. If d->recursive is true, scans the subfolders too, unless the folder is
 * the root of a mount of rdbfs. All backups of a mount are in its root, so the mount's subfolders
 * would add the same backups twice. Returns 0 or a negative errno. */
static int scan_folders(struct rdb_directory *d, DIR *dir, const char *prefix, int depth)
{
	bool mount = is_mount(dirfd(dir));
	char path[PATH_MAX];
	struct dirent *entry;

	while (errno = 0, (entry = readdir(dir))) {
		int len = snprintf(
			path, sizeof(path), "%s%s%s", prefix, *prefix ? "/" : "", entry->d_name);
		if (!worth_a_look(entry) || len >= (int)sizeof(path) ||
			(mount && rdb_name_is_reserved(entry->d_name)))
			continue;
		rdb_directory_scan_name(d, path);
		if (d->recursive && !mount)
			descend(d, path, depth);
	}
	return -errno;
}

static int scan_all(struct rdb_directory *d)
{
	DIR *dir = rdb_open_dir(d->dir->fd, ".");
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
		rdb_directory_scan_name(d, d->only);
	else if (ret == 0)
		ret = scan_all(d);
	if (ret != 0)
		return rdb_err_set(err, EIO, "%s can't be read: %s", d->path, strerror(-ret));
	rdb_file_table_sweep(&d->table);
	d->mtime = st.st_mtim;
	d->scanned = rdb_wait_now();
	return 0;
}
