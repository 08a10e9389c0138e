#include "store/export.h"

#include "io/open_dir.h"
#include "store/file_name.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* Sets *newest to the mtime of the directory's entry "name" if this mtime is later than *newest. If
 * "name" is empty, uses the mtime of the directory itself. */
static void note_newer(DIR *dir, const char *name, struct timespec *newest)
{
	struct stat st;

	if (fstatat(dirfd(dir), name, &st, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW) != 0)
		return;
	if (st.st_mtim.tv_sec > newest->tv_sec ||
		(st.st_mtim.tv_sec == newest->tv_sec && st.st_mtim.tv_nsec > newest->tv_nsec))
		*newest = st.st_mtim;
}

static bool is_regular(DIR *dir, const struct dirent *entry)
{
	struct stat st;

	if (entry->d_type != DT_UNKNOWN)
		return entry->d_type == DT_REG;
	return fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISREG(st.st_mode);
}

/* Raises *newest to the mtime of the folder "db". If "deep" is false, returns true if the folder
 * contains a table. If "deep" is true, includes the mtimes of all tables, and always returns false.
 */
static bool read_database(int parent, const char *db, bool deep, struct timespec *newest)
{
	DIR *dir = rdb_open_dir(parent, db);
	struct dirent *entry;
	bool found = false;

	if (!dir)
		return false;
	note_newer(dir, "", newest);
	while ((deep || !found) && (entry = readdir(dir))) {
		if (!rdb_name_is_table(entry->d_name))
			continue;
		if (deep)
			note_newer(dir, entry->d_name, newest);
		else
			found = is_regular(dir, entry);
	}
	closedir(dir);
	return found;
}

static bool may_be_folder(const struct dirent *entry)
{
	return entry->d_name[0] != '.' && (entry->d_type == DT_DIR || entry->d_type == DT_UNKNOWN);
}

static int read_export(int parent, const char *name, bool deep, struct timespec *newest)
{
	DIR *dir = rdb_open_dir(parent, name);
	struct dirent *entry;
	bool found = false;

	if (!dir)
		return errno == ELOOP ? -ENOTDIR : -errno;
	note_newer(dir, "", newest);
	while (!found && (entry = readdir(dir)))
		found = may_be_folder(entry) &&
			read_database(dirfd(dir), entry->d_name, deep, newest);
	closedir(dir);
	return found;
}

int rdb_export_probe(int parent, const char *name, struct timespec *newest)
{
	return read_export(parent, name, false, newest);
}

int rdb_export_newest(int parent, const char *name, struct timespec *newest)
{
	return read_export(parent, name, true, newest);
}

static int words(struct rdb_err *err, const char *name, const char *below)
{
	int code = errno == EPERM ? EACCES : errno;

	if (code != EACCES && code != EROFS && code != ENOTEMPTY)
		code = EIO;
	return rdb_err_sys(err, code, "%s: %s can't be removed", name, below);
}

static int remove_tables(int parent, const char *name, const char *db, struct rdb_err *err)
{
	DIR *dir = rdb_open_dir(parent, db);
	struct dirent *entry;
	int ret = 0;

	if (!dir)
		return words(err, name, db);
	while (ret == 0 && (entry = readdir(dir)))
		if (rdb_name_is_table(entry->d_name) && unlinkat(dirfd(dir), entry->d_name, 0) != 0)
			ret = words(err, name, entry->d_name);
	closedir(dir);
	if (ret == 0 && unlinkat(parent, db, AT_REMOVEDIR) != 0)
		ret = words(err, name, db);
	return ret;
}

int rdb_export_remove(int parent, const char *name, struct rdb_err *err)
{
	DIR *dir = rdb_open_dir(parent, name);
	struct dirent *entry;
	int ret = 0;

	if (!dir)
		return words(err, name, name);
	while (ret == 0 && (entry = readdir(dir)))
		if (may_be_folder(entry))
			ret = remove_tables(dirfd(dir), name, entry->d_name, err);
	closedir(dir);
	if (ret == 0 && unlinkat(parent, name, AT_REMOVEDIR) != 0)
		ret = words(err, name, name);
	return ret;
}
