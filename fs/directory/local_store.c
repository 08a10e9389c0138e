/* Selects the kind of store for a local path: a directory of backups, an archive or an export. */
#include "directory/directory_private.h"
#include "format/recognise.h"
#include "store/export.h"
#include "store/file_name.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

static bool has_archive(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	bool found = false;
	size_t base;

	while (dir && !found && (entry = readdir(dir)))
		found = rdb_name_is_archive(entry->d_name, &base);
	if (dir)
		closedir(dir);
	return found;
}

/* Returns true if the folder has the files of an export and no archives. A folder with archives is
 * a folder of backups, even if the folder also has the files of an export. */
static bool is_export(const char *path)
{
	struct timespec newest = {0};

	return rdb_export_probe(AT_FDCWD, path, &newest) == 1 && !has_archive(path);
}

static int check_archive(const char *path, struct rdb_err *err)
{
	struct rdb_source *source;
	size_t base;
	int fd, ret;

	if (rdb_name_is_archive(rdb_name_of_path(path), &base))
		return 0;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return rdb_err_sys(err, errno, "%s", path);
	ret = rdb_source_file(fd, path, &source, err);
	if (ret != 0)
		return ret;
	ret = rdb_recognise_check(source, path, NULL, err);
	rdb_source_close(source);
	return ret;
}

int rdb_store_local(const char *path, const struct rdb_store_options *options,
	struct rdb_store **out, struct rdb_err *err)
{
	char *real = NULL;
	struct stat st;
	int ret;

	if (options->create_only || stat(path, &st) != 0)
		return rdb_store_directory(path, options, out, err);
	if (S_ISREG(st.st_mode)) {
		ret = check_archive(path, err);
		return ret ? ret : rdb_directory_single(path, out, err);
	}
	if (!options->recursive)
		real = realpath(path, NULL);
	if (real && is_export(real))
		ret = rdb_directory_single(real, out, err);
	else
		ret = rdb_store_directory(path, options, out, err);
	free(real);
	return ret;
}
