#include "cmd/target.h"

#include "base/formatted.h"
#include "base/log.h"
#include "cmd/value.h"
#include "compose/store_kind.h"
#include "format/member_name.h"
#include "store/export.h"
#include "store/file_name.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct content {
	bool folders, tables;
};

static bool is_folder(const char *path, const char *name)
{
	struct stat st;
	char *full;
	bool is;

	full = name[0] == '.' ? NULL : rdb_formatted("%s/%s", path, name);
	if (!full)
		return false;
	is = stat(full, &st) == 0 && S_ISDIR(st.st_mode);
	free(full);
	return is;
}

static struct content look_into(const char *path)
{
	struct content content = {.folders = false};
	DIR *dir = opendir(path);
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		content.tables |= rdb_name_is_table(entry->d_name);
		content.folders |= is_folder(path, entry->d_name);
	}
	if (dir)
		closedir(dir);
	return content;
}

static bool split_last(char *path, char **last)
{
	char *slash = strrchr(path, '/');

	if (!slash || slash == path || !slash[1])
		return false;
	*slash = '\0';
	*last = slash + 1;
	return true;
}

/* Splits the path EXPORT/DATABASE, or EXPORT/DATABASE/TABLE.EXTENSION if "table" is true. Stores
 * EXPORT in out->path, and DATABASE or DATABASE.TABLE in out->name. */
static int split_path(char *real, bool table, struct rdb_target *out)
{
	char *file = NULL, *db;

	if ((table && !split_last(real, &file)) || !split_last(real, &db))
		return 0;
	if (table)
		file[rdb_name_table(file)] = '\0';
	out->name = table ? rdb_formatted("%s.%s", db, file) : strdup(db);
	if (!out->name)
		return -ENOMEM;
	free(out->path);
	out->path = strdup(real);
	return out->path ? 0 : -ENOMEM;
}

static int choose_part(const char *path, bool table, struct rdb_target *out, struct rdb_err *err)
{
	char *real = realpath(path, NULL);
	int rc = real ? split_path(real, table, out) : 0;

	free(real);
	return rc ? rdb_err_sys(err, ENOMEM, "%s", path) : 0;
}

static int is_backup(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static bool is_passed_over(const char *full, const char *name)
{
	if (!rdb_name_is_reserved(name))
		return false;
	rdb_log_warning("%s is passed over: the mount itself has a file of this name", full);
	return true;
}

static int add_backup(const char *path, const char *name, struct rdb_list *many)
{
	struct timespec newest;
	struct stat st;
	size_t base;
	char *full = rdb_formatted("%s/%s", path, name);
	int rc = 0;

	if (!full)
		return -ENOMEM;
	if (lstat(full, &st) == 0 &&
		(S_ISREG(st.st_mode) ? rdb_name_is_archive(name, &base)
				     : rdb_export_probe(AT_FDCWD, full, &newest) == 1) &&
		!is_passed_over(full, name))
		rc = rdb_list_add(many, full, strlen(full));
	free(full);
	return rc;
}

/* Stores in out->many the paths of all backups in the folder "path". Reads the folder directly,
 * because a store's listing would omit backups that were just written. */
static int choose_backups(const char *path, struct rdb_target *out, struct rdb_err *err)
{
	struct dirent **entries;
	int rc = 0, count = scandir(path, &entries, is_backup, alphasort);

	if (count < 0)
		return rdb_err_sys(err, errno, "%s", path);
	for (int i = 0; i < count; i++) {
		if (rc == 0)
			rc = add_backup(path, entries[i]->d_name, &out->many);
		free(entries[i]);
	}
	free(entries);
	if (rc != 0)
		return rdb_err_sys(err, ENOMEM, "%s", path);
	if (out->many.count == 0)
		return rdb_err_set(err, ENOENT, "%s: there are no backups in this folder", path);
	return 0;
}

static bool is_export(const char *path)
{
	char *real = realpath(path, NULL);
	struct timespec newest;
	bool is = real && rdb_export_probe(AT_FDCWD, real, &newest) == 1;

	free(real);
	return is;
}

/* Determines what the folder "path" contains, and sets *out accordingly. A folder of tables is a
 * database, and a folder of databases is an export. Any other folder contains backups. */
static int look_at_folder(const char *path, struct rdb_target *out, struct rdb_err *err)
{
	struct content content = look_into(path);

	if (content.tables && !content.folders)
		return choose_part(path, false, out, err);
	return is_export(path) ? 0 : choose_backups(path, out, err);
}

int rdb_target_find(const char *path, struct rdb_target *out, struct rdb_err *err)
{
	const char *slash = strrchr(path, '/');
	struct stat st;
	int rc = rdb_store_check_scheme(path, err);

	if (rc != 0)
		return rc;
	*out = (struct rdb_target){.path = strdup(path)};
	if (!out->path)
		return rdb_err_sys(err, ENOMEM, "%s", path);
	if (strcmp(path, "-") == 0 || stat(path, &st) != 0)
		return 0;
	if (S_ISDIR(st.st_mode))
		rc = look_at_folder(path, out, err);
	else if (S_ISREG(st.st_mode) && rdb_name_is_table(slash ? slash + 1 : path))
		rc = choose_part(path, true, out, err);
	if (rc != 0)
		rdb_target_free(out);
	return rc;
}

void rdb_target_free(struct rdb_target *target)
{
	free(target->path);
	free(target->name);
	rdb_list_free(&target->many);
	*target = (struct rdb_target){0};
}
