#include "mount/caller.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ANCESTORS 16 /* number of parent processes to examine */

/* Process flags of the kernel: PF_EXITING and PF_SIGNALED. */
#define EXITING 0x4
#define SIGNALED 0x400

struct process {
	pid_t parent;
	unsigned flags;
};

static bool read_process(pid_t pid, struct process *out)
{
	char path[64], line[1024];
	const char *behind;
	int parent = 0, found = 0;
	FILE *stat;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	stat = pid > 0 ? fopen(path, "re") : NULL;
	if (!stat)
		return false;
	if (fgets(line, sizeof(line), stat) && (behind = strrchr(line, ')')))
		found = sscanf(behind, ") %*c %d %*d %*d %*d %*d %u", &parent, &out->flags);
	fclose(stat);
	out->parent = parent;
	return found == 2;
}

bool rdb_caller_is_killed(pid_t pid)
{
	struct process process;

	return read_process(pid, &process) && (process.flags & SIGNALED);
}

/* Calls kill() to find out whether the process exists, because /proc can hide an existing process.
 * The signal 0 has no effect on the process. */
bool rdb_caller_is_gone(pid_t pid)
{
	struct process process;

	if (pid <= 0)
		return false;
	return (kill(pid, 0) != 0 && errno == ESRCH) ||
	       (read_process(pid, &process) && (process.flags & EXITING));
}

/* ---- signals ---- */

struct signals {
	uint64_t pending, blocked, ignored, caught;
	unsigned found;
};

static uint64_t bit(int number)
{
	return (uint64_t)1 << (number - 1);
}

static void parse_signals(const char *line, struct signals *out)
{
	const struct {
		const char *name;
		uint64_t *mask;
	} fields[] = {
		{"SigPnd", &out->pending},
		{"ShdPnd", &out->pending},
		{"SigBlk", &out->blocked},
		{"SigIgn", &out->ignored},
		{"SigCgt", &out->caught},
	};
	char name[16];
	uint64_t mask;

	if (sscanf(line, "%15[A-Za-z]: %" SCNx64, name, &mask) != 2)
		return;
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (strcmp(name, fields[i].name) == 0) {
			*fields[i].mask |= mask;
			out->found |= 1u << i;
		}
}

static bool read_signals(pid_t pid, struct signals *out)
{
	char path[64], line[256];
	FILE *status;

	*out = (struct signals){0};
	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	status = pid > 0 ? fopen(path, "re") : NULL;
	if (!status)
		return false;
	while (fgets(line, sizeof(line), status))
		parse_signals(line, out);
	fclose(status);
	return out->found == 0x1f;
}

enum rdb_caller rdb_caller_is_ending(pid_t pid)
{
	const uint64_t harmless = bit(SIGCHLD) | bit(SIGCONT) | bit(SIGURG) | bit(SIGWINCH) |
				  bit(SIGSTOP) | bit(SIGTSTP) | bit(SIGTTIN) | bit(SIGTTOU);
	const uint64_t asking = bit(SIGINT) | bit(SIGTERM) | bit(SIGHUP) | bit(SIGQUIT);
	struct signals signals;
	uint64_t heard;

	if (!read_signals(pid, &signals))
		return RDB_CALLER_UNKNOWN;
	heard = signals.pending & ~signals.blocked & ~signals.ignored;
	return (heard & ~signals.caught & ~harmless) || (heard & signals.caught & asking)
		       ? RDB_CALLER_YES
		       : RDB_CALLER_NO;
}

static bool is_rsync(pid_t pid)
{
	char path[64], name[32];
	bool found;
	FILE *comm;

	snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
	comm = fopen(path, "re");
	if (!comm)
		return false;
	found = fgets(name, sizeof(name), comm) && strncmp(name, "rsync", 5) == 0;
	fclose(comm);
	return found;
}

bool rdb_caller_is_rsync_giving_up(pid_t pid)
{
	struct signals signals;

	/* rsync ignores the signal USR1 only while rsync is exiting. */
	return read_signals(pid, &signals) && (signals.ignored & bit(SIGUSR1)) && is_rsync(pid);
}

/* ---- descriptors ---- */

/* Returns the inode number of the process's descriptor "fd", or 0 if /proc/PID/fdinfo does not show
 * this number, as on Linux before 5.14. */
static uint64_t ino_of(pid_t pid, int fd)
{
	char path[64], line[128];
	uint64_t ino = 0;
	FILE *info;

	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", (int)pid, fd);
	info = fopen(path, "re");
	if (!info)
		return 0;
	while (fgets(line, sizeof(line), info))
		if (sscanf(line, "ino: %" SCNu64, &ino) == 1)
			break;
	fclose(info);
	return ino;
}

static bool same_name(const char *a, const char *b)
{
	const char *in_a = strrchr(a, '/'), *in_b = strrchr(b, '/');

	return in_a && in_b && strcmp(in_a, in_b) == 0;
}

/* Removes the words " (deleted)" from the end of "target". The kernel appends these words even to
 * the name of an existing file, if another process looked the file up during its creation. */
static void cut_deleted(char *target)
{
	const char words[] = " (deleted)";
	size_t len = strlen(target), cut = strlen(words);

	if (len > cut && strcmp(target + len - cut, words) == 0)
		target[len - cut] = '\0';
}

static bool is_open_as(DIR *dir, pid_t pid, const char *fd, const char *path, uint64_t ino)
{
	char target[PATH_MAX];
	ssize_t len = readlinkat(dirfd(dir), fd, target, sizeof(target) - 1);

	if (len <= 0)
		return false;
	target[len] = '\0';
	if (strcmp(target, path) == 0)
		return true;
	/* Remove the suffix " (deleted)" and compare the inode numbers, because the suffix does not
	 * prove a deletion. */
	cut_deleted(target);
	return same_name(target, path) && ino_of(pid, atoi(fd)) == ino;
}

static enum rdb_caller has_open(pid_t pid, const char *path, uint64_t ino)
{
	char name[64];
	struct dirent *entry;
	bool found = false;
	DIR *dir;

	snprintf(name, sizeof(name), "/proc/%d/fd", (int)pid);
	dir = opendir(name);
	if (!dir)
		return rdb_caller_is_gone(pid) ? RDB_CALLER_NO : RDB_CALLER_UNKNOWN;
	while (!found && (entry = readdir(dir)))
		found = is_open_as(dir, pid, entry->d_name, path, ino);
	closedir(dir);
	return found ? RDB_CALLER_YES : RDB_CALLER_NO;
}

/* Examines the process, and then its parent processes. A parent that cannot be examined, such as
 * another user's process, is treated as not having the file open. */
enum rdb_caller rdb_caller_has_open(pid_t pid, const char *path, uint64_t ino)
{
	enum rdb_caller own = pid > 0 ? has_open(pid, path, ino) : RDB_CALLER_UNKNOWN;
	enum rdb_caller found = own;
	struct process process;

	for (int i = 1; i < ANCESTORS && pid > 1 && found != RDB_CALLER_YES; i++) {
		pid = read_process(pid, &process) ? process.parent : 0;
		if (pid > 1)
			found = has_open(pid, path, ino);
	}
	return found == RDB_CALLER_YES ? found : own;
}
