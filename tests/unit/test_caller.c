/* Information of /proc about processes; some processes wait for the test. */
#include "mount/caller.h"
#include "unit/check.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void handle(int number)
{
	(void)number;
}

/* A stopped process, in which signals stay pending. It catches one signal, and may block it. */
static pid_t stopped(int caught, bool blocked)
{
	pid_t pid = fork();
	sigset_t set;
	int status;

	REQUIRE(pid >= 0);
	if (pid == 0) {
		sigemptyset(&set);
		sigaddset(&set, caught);
		signal(caught, handle);
		if (blocked)
			sigprocmask(SIG_BLOCK, &set, NULL);
		kill(getpid(), SIGSTOP); /* raise() of musl blocks signals meanwhile */
		_exit(0);
	}
	REQUIRE(waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status));
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void check_signal(int caught, bool blocked, int sent, enum rdb_caller expected)
{
	pid_t pid = stopped(caught, blocked);

	CHECK_INT(rdb_caller_is_ending(pid), RDB_CALLER_NO);
	kill(pid, sent);
	CHECK_INT(rdb_caller_is_ending(pid), expected);
	end(pid);
}

static void test_only_ending_signals_count(void)
{
	check_signal(SIGTERM, false, SIGTERM, RDB_CALLER_YES);
	check_signal(SIGINT, false, SIGINT, RDB_CALLER_YES);
	check_signal(SIGTERM, true, SIGTERM, RDB_CALLER_NO);
	check_signal(SIGUSR1, false, SIGUSR1, RDB_CALLER_NO);
	check_signal(SIGWINCH, false, SIGWINCH, RDB_CALLER_NO);
	check_signal(SIGCHLD, false, SIGCHLD, RDB_CALLER_NO);
	check_signal(SIGUSR1, false, SIGTSTP, RDB_CALLER_NO);
}

static void test_a_process_that_has_ended_is_unknown(void)
{
	pid_t pid = stopped(SIGUSR1, false);

	end(pid);
	CHECK_INT(rdb_caller_is_ending(pid), RDB_CALLER_UNKNOWN);
	CHECK_INT(rdb_caller_is_ending(0), RDB_CALLER_UNKNOWN);
	CHECK(!rdb_caller_is_killed(pid));
	CHECK_INT(rdb_caller_has_open(0, "/x", 1), RDB_CALLER_UNKNOWN);
	CHECK_INT(rdb_caller_has_open(pid, "/x", 1), RDB_CALLER_NO);
}

static void test_killed_process_is_noticed(void)
{
	pid_t pid = stopped(SIGUSR1, false);
	siginfo_t info;

	CHECK(!rdb_caller_is_killed(pid));
	kill(pid, SIGKILL);
	REQUIRE(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) == 0);
	CHECK(rdb_caller_is_killed(pid));
	end(pid);
}

/* A stopped process with the given name. */
static pid_t named(const char *name, void (*usr1)(int))
{
	pid_t pid = fork();
	int status;

	REQUIRE(pid >= 0);
	if (pid == 0) {
		prctl(PR_SET_NAME, name);
		signal(SIGUSR1, usr1);
		kill(getpid(), SIGSTOP); /* raise() of musl blocks signals meanwhile */
		_exit(0);
	}
	REQUIRE(waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status));
	return pid;
}

static void check_rsync(const char *name, void (*usr1)(int), bool expected)
{
	pid_t pid = named(name, usr1);

	CHECK_INT(rdb_caller_is_rsync_giving_up(pid), expected);
	end(pid);
	CHECK(!rdb_caller_is_rsync_giving_up(pid));
}

static void test_rsync_giving_up_is_noticed(void)
{
	check_rsync("rsync", SIG_IGN, true);
	check_rsync("rsync", handle, false);
	check_rsync("rsync", SIG_DFL, false);
	check_rsync("cp", SIG_IGN, false);
	CHECK(!rdb_caller_is_rsync_giving_up(0));
}

/* Number from the kernel; 0: older than 5.14. */
static uint64_t number_of(int fd)
{
	char path[64], line[128];
	uint64_t ino = 0;
	FILE *info;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	info = fopen(path, "re");
	REQUIRE(info != NULL);
	while (fgets(line, sizeof(line), info))
		if (sscanf(line, "ino: %" SCNu64, &ino) == 1)
			break;
	fclose(info);
	return ino;
}

/* Open files: by path, by number under another path with the same last component, or not at all. */
static void test_open_files_by_path_or_number(void)
{
	char path[] = "/tmp/rdbfs-caller.XXXXXX", other[64];
	int fd = mkstemp(path);
	uint64_t ino;
	pid_t child;

	REQUIRE(fd >= 0);
	ino = number_of(fd);
	snprintf(other, sizeof(other), "/elsewhere/%s", strrchr(path, '/') + 1);
	CHECK_INT(rdb_caller_has_open(getpid(), path, 0), RDB_CALLER_YES);
	if (ino)
		CHECK_INT(rdb_caller_has_open(getpid(), other, ino), RDB_CALLER_YES);
	CHECK_INT(rdb_caller_has_open(getpid(), other, ino + 1), RDB_CALLER_NO);
	child = fork();
	REQUIRE(child >= 0);
	if (child == 0) {
		close(fd);
		kill(getpid(), SIGSTOP); /* raise() of musl blocks signals meanwhile */
		_exit(0);
	}
	waitpid(child, NULL, WUNTRACED);
	CHECK_INT(rdb_caller_has_open(child, path, 0), RDB_CALLER_YES);
	close(fd);
	CHECK_INT(rdb_caller_has_open(child, path, 0), RDB_CALLER_NO);
	end(child);
	unlink(path);
}

/* The kernel also marks a file as deleted that another process looked up while it was created. */
static void test_open_file_is_found_although_it_is_marked_as_deleted(void)
{
	char path[] = "/tmp/test_caller.XXXXXX";
	int fd = mkostemp(path, O_CLOEXEC);
	uint64_t ino;

	REQUIRE(fd >= 0);
	ino = number_of(fd);
	unlink(path);
	if (ino)
		CHECK_INT(rdb_caller_has_open(getpid(), path, ino), RDB_CALLER_YES);
	CHECK_INT(rdb_caller_has_open(getpid(), path, ino + 1), RDB_CALLER_NO);
	close(fd);
	CHECK_INT(rdb_caller_has_open(getpid(), path, ino), RDB_CALLER_NO);
}

int main(void)
{
	RUN(test_only_ending_signals_count);
	RUN(test_a_process_that_has_ended_is_unknown);
	RUN(test_killed_process_is_noticed);
	RUN(test_rsync_giving_up_is_noticed);
	RUN(test_open_files_by_path_or_number);
	RUN(test_open_file_is_found_although_it_is_marked_as_deleted);
	CHECK_EXIT();
}
