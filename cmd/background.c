#include "cmd/background.h"

#include "cmd/command.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* Sent by the child to the waiting parent. A message is small enough for an atomic write to the
 * pipe. */
struct message {
	int exit_code;
	char words[RDB_ERR_TEXT];
};

/* ---- parent ---- */

static int ended_early(pid_t child)
{
	int status = 0;

	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFSIGNALED(status))
		fprintf(stderr, "rdbfs: the mount ended before it served: %s\n",
			strsignal(WTERMSIG(status)));
	else
		fprintf(stderr, "rdbfs: the mount ended before it served\n");
	return RDB_EXIT_MOUNT;
}

/* Unblocks all signals in the parent process, so that a signal can end the parent. The signal does
 * not end the mount, because the child already owns the mount. */
static void hear_signals(void)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static int wait_for(int fd, pid_t child)
{
	struct message message = {0};
	ssize_t len;

	hear_signals();
	do
		len = read(fd, &message, sizeof(message));
	while (len < 0 && errno == EINTR);
	if (len != (ssize_t)sizeof(message))
		return ended_early(child);
	if (message.words[0])
		fprintf(stderr, "rdbfs: %s\n", message.words);
	return message.exit_code;
}

/* ---- child ---- */

static void send_message(struct rdb_background *b, const struct message *message)
{
	ssize_t len;

	if (b->pipe < 0)
		return;
	do
		len = write(b->pipe, message, sizeof(*message));
	while (len < 0 && errno == EINTR);
	close(b->pipe);
	b->pipe = -1;
}

int rdb_background_enter(struct rdb_background *b, struct rdb_err *err)
{
	pid_t child;
	int fds[2];

	b->pipe = -1;
	if (pipe2(fds, O_CLOEXEC) != 0)
		return rdb_err_sys(err, errno, "going to the background");
	fflush(NULL);
	child = fork();
	if (child < 0) {
		int code = errno;
		close(fds[0]);
		close(fds[1]);
		return rdb_err_sys(err, code, "going to the background");
	}
	if (child > 0) {
		close(fds[1]);
		_exit(wait_for(fds[0], child));
	}
	close(fds[0]);
	b->pipe = fds[1];
	setsid();
	return chdir("/") == 0 ? 0 : rdb_err_sys(err, errno, "/");
}

void rdb_background_ready(struct rdb_background *b)
{
	const struct message message = {0};
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = 0; null >= 0 && fd <= STDERR_FILENO; fd++)
		dup2(null, fd);
	if (null >= 0)
		close(null);
	send_message(b, &message);
}

void rdb_background_failed(struct rdb_background *b, int exit_code, const char *words)
{
	struct message message = {.exit_code = exit_code};

	snprintf(message.words, sizeof(message.words), "%s", words);
	send_message(b, &message);
}

/* ---- systemd ---- */

int rdb_notify(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	size_t len = path ? strlen(path) : 0;
	int fd, ret = 0;

	if (!path || (path[0] != '/' && path[0] != '@'))
		return 0;
	if (len >= sizeof(to.sun_path))
		return -ENAMETOOLONG;
	memcpy(to.sun_path, path, len);
	/* Replace a leading "@" with a NUL. The name of an abstract socket begins with a NUL, but
	 * an environment variable cannot contain a NUL, so "@" stands for the NUL. */
	if (path[0] == '@')
		to.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (sendto(fd, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&to,
		    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}
