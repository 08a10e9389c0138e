#include "cmd/paths.h"

#include "base/formatted.h"
#include "base/log.h"
#include "compose/store_kind.h"
#include "io/open_dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SYSTEM_BACKUPS "/var/lib/rdbfs/backups"

static const char *home(void)
{
	const char *path = getenv("HOME");
	const struct passwd *user;

	if (path && path[0] == '/')
		return path;
	user = getpwuid(getuid());
	return user && user->pw_dir && user->pw_dir[0] == '/' ? user->pw_dir : NULL;
}

static char *join(const char *folder, const char *below, const char *name)
{
	return rdb_formatted("%s%s/rdbfs%s%s", folder, below, *name ? "/" : "", name);
}

/*
 * Returns the path of the file NAME in the user's folder for rdbfs. The caller frees the path.
 *   $VARIABLE/rdbfs/NAME        if the environment variable is set to an absolute path
 *   HOME/BELOW_HOME/rdbfs/NAME  otherwise; HOME is the user's home directory
 *   NULL                        if HOME is unknown, or memory is exhausted
 */
static char *in_xdg(const char *variable, const char *below_home, const char *name)
{
	const char *folder = getenv(variable);

	if (folder && folder[0] == '/')
		return join(folder, "", name);
	return home() ? join(home(), below_home, name) : NULL;
}

char *rdb_path_config(const char *file)
{
	return in_xdg("XDG_CONFIG_HOME", "/.config", file);
}

/* If the user is root, and the environment variable "variable" is not set to an absolute path,
 * returns a copy of "system". Otherwise, returns the path of in_xdg(). */
static char *in_xdg_or_system(
	const char *variable, const char *below_home, const char *name, const char *system)
{
	const char *folder = getenv(variable);

	if (geteuid() == 0 && (!folder || folder[0] != '/'))
		return strdup(system);
	return in_xdg(variable, below_home, name);
}

static bool has_visible_entry(const char *folder)
{
	DIR *dir = rdb_open_dir(AT_FDCWD, folder);
	const struct dirent *entry = NULL;

	while (dir && (entry = readdir(dir)) && entry->d_name[0] == '.')
		;
	if (dir)
		closedir(dir);
	return entry != NULL;
}

/* Warns root if the system's folder contains backups, but root uses the folder "path" instead. The
 * difference is easily overlooked after sudo -E, because sudo -E keeps the variable XDG_DATA_HOME.
 */
static void warn_of_unused(const char *path)
{
	if (geteuid() == 0 && strcmp(path, SYSTEM_BACKUPS) != 0 &&
		has_visible_entry(SYSTEM_BACKUPS))
		rdb_log_warning("the backups in " SYSTEM_BACKUPS
				" are not used, because XDG_DATA_HOME is set: the folder is %s",
			path);
}

char *rdb_path_backups(struct rdb_err *err)
{
	char *path = in_xdg_or_system("XDG_DATA_HOME", "/.local/share", "backups", SYSTEM_BACKUPS);

	if (path)
		warn_of_unused(path);
	else
		rdb_err_set(err, EINVAL,
			"neither HOME nor XDG_DATA_HOME is set: say where the backups are with "
			"--source");
	return path;
}

char *rdb_path_indexes(void)
{
	return in_xdg_or_system("XDG_CACHE_HOME", "/.cache", "", "/var/cache/rdbfs");
}

static int make_failed(const char *path, int reason, struct rdb_err *err)
{
	int code = reason == EPERM ? EACCES : reason;

	if (code != ENOTDIR && code != EACCES && code != EROFS && code != ENOSPC)
		code = EIO;
	return rdb_err_set(err, code, "%s can't be made: %s", path, strerror(reason));
}

bool rdb_path_is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static int make_one(const char *path)
{
	int reason = mkdir(path, 0700) == 0 ? 0 : errno;

	return reason == 0 || reason == EEXIST || rdb_path_is_folder(path) ? 0 : reason;
}

int rdb_path_make(const char *path, struct rdb_err *err)
{
	char *copy = strdup(path), *slash;
	int ret = 0, reason;

	if (!copy)
		return rdb_err_sys(err, ENOMEM, "%s", path);
	for (slash = copy; ret == 0 && slash;) {
		slash = strchr(slash + 1, '/');
		if (slash)
			*slash = '\0';
		reason = make_one(copy);
		if (reason)
			ret = make_failed(copy, reason, err);
		if (slash)
			*slash = '/';
	}
	if (ret == 0 && !rdb_path_is_folder(path))
		ret = rdb_err_set(err, ENOTDIR, "%s is not a folder", path);
	free(copy);
	return ret;
}

char *rdb_path_state(struct rdb_err *err)
{
	char *path =
		in_xdg_or_system("XDG_STATE_HOME", "/.local/state", "", "/var/lib/rdbfs/state");

	if (!path) {
		rdb_err_set(err, ENOENT, "neither HOME nor XDG_STATE_HOME is set");
		return NULL;
	}
	if (rdb_path_make(path, err) == 0)
		return path;
	free(path);
	return NULL;
}

char *rdb_path_restoring(const char *state)
{
	return rdb_formatted("%s/restoring", state);
}

char *rdb_path_absolute(const char *path)
{
	char cwd[PATH_MAX];

	if (path[0] == '/' || !getcwd(cwd, sizeof(cwd)))
		return strdup(path);
	return rdb_formatted("%s/%s", cwd, path);
}

int rdb_path_source(const char *source, char **out, struct rdb_err *err)
{
	int ret = rdb_store_check_scheme(source, err);

	if (ret != 0)
		return ret;
	*out = rdb_store_is_remote(source) ? strdup(source) : rdb_path_absolute(source);
	return *out ? 0 : rdb_err_set(err, ENOMEM, "out of memory");
}
