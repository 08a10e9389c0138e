#include "cmd/command.h"
#include "mount/mountinfo.h"
#include "mount/mountpoint.h"

#include <errno.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static int check_ours(const char *path, struct rdb_err *err)
{
	struct rdb_mountinfo info;

	if (rdb_mountinfo_find(path, &info) != 0)
		return rdb_err_sys(err, EIO, "/proc/self/mountinfo can't be read");
	if (rdb_mountinfo_is_rdbfs(&info))
		return 0;
	return rdb_err_set(err, ENOENT, "%s: no rdbfs is mounted there", path);
}

static int busy(const char *path, struct rdb_err *err)
{
	return rdb_err_set(err, EBUSY,
		"%s is busy: somebody works in it or has a file open (fuser -vm '%s' tells who); "
		"--lazy detaches it at once",
		path, path);
}

static int unmount_as_root(const char *path, bool lazy, struct rdb_err *err)
{
	if (umount2(path, UMOUNT_NOFOLLOW | (lazy ? MNT_DETACH : 0)) == 0)
		return 0;
	if (errno == EBUSY)
		return busy(path, err);
	return rdb_err_sys(err, errno, "%s can't be unmounted", path);
}

/* fusermount3 says in its own words what is wrong. */
static int unmount_as_user(const char *path, bool lazy, struct rdb_err *err)
{
	char program[] = "fusermount3", unmount[] = "-u", lazily[] = "-z", end[] = "--";
	char *target = strdup(path), *argv[6];
	int status = 0, code, n = 0;
	pid_t child;

	if (!target)
		return rdb_err_sys(err, ENOMEM, "%s", path);
	argv[n++] = program;
	argv[n++] = unmount;
	if (lazy)
		argv[n++] = lazily;
	argv[n++] = end;
	argv[n++] = target;
	argv[n] = NULL;
	code = posix_spawnp(&child, program, NULL, NULL, argv, environ);
	free(target);
	if (code != 0)
		return rdb_err_sys(err, code, "fusermount3 can't be run");
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	return lazy ? rdb_err_set(err, EPERM, "%s can't be unmounted", path) : busy(path, err);
}

int rdb_command_unmount(const struct rdb_settings *settings, struct rdb_err *err)
{
	char *path;
	int ret = rdb_mountpoint_resolve(settings->args.items[0], &path, err);

	if (ret != 0)
		return RDB_EXIT_FAILED;
	ret = check_ours(path, err);
	if (ret == 0)
		ret = geteuid() == 0 ? unmount_as_root(path, settings->lazy, err)
				     : unmount_as_user(path, settings->lazy, err);
	free(path);
	return ret == 0 ? RDB_EXIT_OK : RDB_EXIT_FAILED;
}
