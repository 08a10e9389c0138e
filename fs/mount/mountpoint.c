#include "mount/mountpoint.h"

#include "mount/mountinfo.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int unusable(const char *path, struct rdb_err *err)
{
	int code = errno;

	if (code != ENOENT && code != ENOTDIR && code != EACCES && code != ENOMEM)
		code = EIO;
	if (code == ENOENT)
		return rdb_err_set(err, code,
			"%s, the mount point, does not exist: make it with mkdir -p", path);
	return rdb_err_set(
		err, code, "%s, the mount point, can't be used: %s", path, strerror(errno));
}

/* Stores in *out the absolute path of the mount point, without symbolic links. Removes slashes at
 * the end of the path, because with them realpath() would access the file system that is mounted on
 * the path. */
int rdb_mountpoint_resolve(const char *path, char **out, struct rdb_err *err)
{
	char *copy = strdup(path);
	size_t len = strlen(path);
	int ret = 0;

	if (!copy)
		return rdb_err_sys(err, ENOMEM, "%s", path);
	while (len > 1 && copy[len - 1] == '/')
		copy[--len] = '\0';
	*out = realpath(copy, NULL);
	if (!*out)
		ret = unusable(path, err);
	free(copy);
	return ret;
}

/* ---- what is there ---- */

static int dead(const char *mountpoint, struct rdb_err *err)
{
	return rdb_err_set(err, ENOTCONN,
		"%s is a dead mount: the program that served it is gone (\"Transport endpoint is "
		"not connected\"). Remove it first: %s '%s'",
		mountpoint, geteuid() == 0 ? "umount -l" : "fusermount3 -u -z", mountpoint);
}

static bool is_dead(const char *mountpoint)
{
	/* Use open() and not stat(), because the kernel may answer stat() from its cache. */
	int fd = open(mountpoint, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool dead_mount = fd < 0 && (errno == ENOTCONN || errno == ECONNABORTED);

	if (fd >= 0)
		close(fd);
	return dead_mount;
}

static int mounted(const char *mountpoint, const struct rdb_mountinfo *info, struct rdb_err *err)
{
	if (strncmp(info->type, "fuse", 4) == 0 && is_dead(mountpoint))
		return dead(mountpoint, err);
	if (rdb_mountinfo_is_rdbfs(info))
		return rdb_err_set(err, EBUSY,
			"%s: rdbfs is already mounted there (rdbfs unmount '%s' unmounts it)",
			mountpoint, mountpoint);
	return rdb_err_set(err, EBUSY,
		"%s: another file system is already mounted there (%s): unmount it, or choose "
		"another mount point",
		mountpoint, info->type);
}

/* Returns true if an automounter manages the mount point. In this case, the caller must not open
 * the mount point, because the open would wait for the mount that this program is about to make. */
static bool is_automounted(const struct rdb_mountinfo *info)
{
	return strcmp(info->type, "autofs") == 0;
}

int rdb_mountpoint_check(const char *mountpoint, struct rdb_err *err)
{
	struct rdb_mountinfo info;
	struct stat st;

	rdb_mountinfo_find(mountpoint, &info);
	if (is_automounted(&info))
		return 0;
	if (info.type[0])
		return mounted(mountpoint, &info, err);
	if (stat(mountpoint, &st) != 0)
		return errno == ENOTCONN ? dead(mountpoint, err) : unusable(mountpoint, err);
	if (!S_ISDIR(st.st_mode))
		return rdb_err_set(
			err, ENOTDIR, "%s, the mount point, is not a directory", mountpoint);
	if (geteuid() != 0 && faccessat(AT_FDCWD, mountpoint, W_OK, AT_EACCESS) != 0)
		return rdb_err_set(err, EACCES,
			"%s, the mount point, must be writable for the user who mounts on it",
			mountpoint);
	return 0;
}

int rdb_mountpoint_empty(const char *mountpoint, struct rdb_err *err)
{
	struct rdb_mountinfo info;
	const struct dirent *entry;
	bool empty = true;
	DIR *dir;

	rdb_mountinfo_find(mountpoint, &info);
	if (is_automounted(&info))
		return 0;
	dir = opendir(mountpoint);
	if (!dir)
		return unusable(mountpoint, err);
	while (empty && (entry = readdir(dir)))
		empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
	closedir(dir);
	if (empty)
		return 0;
	return rdb_err_set(err, ENOTEMPTY,
		"%s, the mount point, is not empty; -o nonempty hides what is in it while mounted",
		mountpoint);
}

/* ---- inside one another ---- */

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* Opens the folder "path" relative to the folder *fd, and replaces *fd by the new descriptor.
 * Stores the attributes of the new folder in *st. */
static int enter(int *fd, const char *path, struct stat *st)
{
	int next = openat(*fd, path, O_PATH | O_CLOEXEC);

	if (next < 0)
		return -errno;
	if (*fd >= 0)
		close(*fd);
	*fd = next;
	return fstat(next, st) == 0 ? 0 : -errno;
}

/* Returns 1 if "inner" is "outer" or lies inside "outer", 0 if "inner" lies elsewhere, or a
 * negative errno. */
static int is_inside(const char *inner, const char *outer)
{
	struct stat above, here = {0}, below;
	bool root = false;
	int fd = AT_FDCWD, ret;

	if (stat(outer, &above) != 0)
		return -errno;
	ret = enter(&fd, inner, &here);
	while (ret == 0 && !root && !same_file(&above, &here)) {
		below = here;
		ret = enter(&fd, "..", &here);
		root = same_file(&below, &here);
	}
	if (fd >= 0)
		close(fd);
	return ret ? ret : !root;
}

int rdb_mountpoint_apart(
	const char *mountpoint, const char *folder, const char *what, struct rdb_err *err)
{
	int folder_is_above = is_inside(mountpoint, folder);
	int mountpoint_is_above = is_inside(folder, mountpoint);
	int ret = folder_is_above < 0 ? folder_is_above : mountpoint_is_above;

	if (ret < 0)
		return rdb_err_set(err, ret == -EACCES ? EACCES : EIO,
			"can't determine whether %s or %s, %s, is inside the other: %s", mountpoint,
			folder, what, strerror(-ret));
	if (folder_is_above)
		return rdb_err_set(err, ELOOP, "%s, the mount point, is inside %s, %s", mountpoint,
			folder, what);
	if (mountpoint_is_above)
		return rdb_err_set(err, ELOOP,
			"%s, %s, is inside %s, the mount point, which would hide it", folder, what,
			mountpoint);
	return 0;
}

/* ---- FUSE ---- */

int rdb_mountpoint_fuse(const char *device, struct rdb_err *err)
{
	int fd = open(device, O_RDWR | O_CLOEXEC);

	if (fd >= 0) {
		close(fd);
		return 0;
	}
	if (errno == EACCES || errno == EPERM)
		return rdb_err_set(err, EACCES,
			"%s can't be opened (%s). In a container: --device /dev/fuse --cap-add "
			"SYS_ADMIN",
			device, strerror(errno));
	return rdb_err_set(err, ENODEV,
		"%s does not exist (%s). As root: modprobe fuse. In a container: --device "
		"/dev/fuse --cap-add SYS_ADMIN",
		device, strerror(errno));
}

static bool is_permission(const char *line)
{
	static const char word[] = "user_allow_other";

	while (isspace((unsigned char)*line))
		line++;
	if (strncmp(line, word, sizeof(word) - 1) != 0)
		return false;
	line += sizeof(word) - 1;
	while (isspace((unsigned char)*line))
		line++;
	return *line == '\0' || *line == '#';
}

int rdb_mountpoint_allowed(const char *conf, struct rdb_err *err)
{
	FILE *file = fopen(conf, "re");
	bool allowed = false;
	char *line = NULL;
	size_t room = 0;

	while (file && !allowed && getline(&line, &room, file) >= 0)
		allowed = is_permission(line);
	free(line);
	if (file)
		fclose(file);
	if (allowed)
		return 0;
	return rdb_err_set(err, EPERM,
		"allow-other and allow-root are for root, unless %s has the line user_allow_other",
		conf);
}
