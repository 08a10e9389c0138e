#include "cmd/command.h"
#include "cmd/settings.h"
#include "mount/mountinfo.h"
#include "mount/mountpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

static int check_ours(const char *path, struct rdb_err *err)
{
	struct rdb_mountinfo info;

	if (rdb_mountinfo_find(path, &info) != 0)
		return rdb_err_sys(err, EIO, "/proc/self/mountinfo can't be read");
	if (!rdb_mountinfo_is_rdbfs(&info))
		return rdb_err_set(err, ENOENT, "%s: no rdbfs is mounted there", path);
	if (geteuid() != 0 && info.owner >= 0 && info.owner != (long)geteuid())
		return rdb_err_set(err, EPERM,
			"%s was mounted by the user with the id %ld: only this user and root can "
			"unmount it",
			path, info.owner);
	return 0;
}

static int busy(const char *path, struct rdb_err *err)
{
	return rdb_err_set(err, EBUSY,
		"%s is busy: a process works in it or has a file open (fuser -vm '%s' lists them); "
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

/* Runs fusermount3, and returns the exit status of fusermount3, or a negative errno if fusermount3
 * cannot be started. Stores the first line of fusermount3's error output in "words". */
static int run_fusermount(char *path, bool lazy, char *words, size_t size)
{
	char program[] = "fusermount3", flags[] = "-uz", end[] = "--";
	char *argv[] = {program, flags, end, path, NULL};
	posix_spawn_file_actions_t actions;
	int ends[2], status = 0, code;
	size_t len = 0;
	ssize_t n = 1;
	pid_t child;

	if (!lazy)
		flags[2] = '\0';
	if (pipe2(ends, O_CLOEXEC) != 0)
		return -errno;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
	code = posix_spawnp(&child, program, &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	close(ends[1]);
	while (code == 0 && len < size - 1 && n != 0) {
		n = read(ends[0], words + len, size - 1 - len);
		if (n < 0 && errno != EINTR)
			break;
		len += n > 0 ? (size_t)n : 0;
	}
	close(ends[0]);
	words[len] = '\0';
	words[strcspn(words, "\n")] = '\0';
	while (code == 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	return code ? -code : WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static int unmount_as_user(const char *path, bool lazy, struct rdb_err *err)
{
	char *target = strdup(path), words[256] = "";
	int status = target ? run_fusermount(target, lazy, words, sizeof(words)) : -ENOMEM;

	free(target);
	if (status == 0)
		return 0;
	if (status < 0)
		return rdb_err_sys(err, -status, "fusermount3 can't be run");
	if (strstr(words, strerror(EBUSY)))
		return busy(path, err);
	return rdb_err_set(err, EPERM, "%s can't be unmounted: %s", path,
		words[0] ? words : "fusermount3 gives no reason");
}

int rdb_command_unmount(const struct rdb_settings *settings, struct rdb_err *err)
{
	char *path;
	int ret = rdb_mountpoint_resolve(settings->args.items[0], &path, err);

	if (ret == -ENOENT)
		rdb_err_set(err, ENOENT, "%s does not exist: nothing is mounted there",
			settings->args.items[0]);
	if (ret != 0)
		return RDB_EXIT_FAILED;
	ret = check_ours(path, err);
	if (ret == 0)
		ret = geteuid() == 0 ? unmount_as_root(path, settings->lazy, err)
				     : unmount_as_user(path, settings->lazy, err);
	free(path);
	return ret == 0 ? RDB_EXIT_OK : RDB_EXIT_FAILED;
}
