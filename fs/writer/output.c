#include "writer/output.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define COPY_PIECE ((size_t)1024 * 1024)
#define CANCEL_POLL_MS 100 /* how soon a write that waits for a pipe notices the end */

struct rdb_output {
	int fd;
	bool owned; /* fd is ours to close */
	bool file;
	bool socket;
	bool no_copy; /* the kernel can't copy between these files */
	uint64_t at;
	atomic_bool cancelled;
	const struct rdb_cancel *cancel; /* NULL: none */
	char *piece;                     /* for copying by hand */
	char *name;
};

static int output_create(
	int fd, bool file, const char *name, struct rdb_output **out, struct rdb_err *err)
{
	struct rdb_output *output = calloc(1, sizeof(*output));

	if (!output || !(output->name = strdup(name))) {
		free(output);
		return rdb_err_sys(err, ENOMEM, "%s", name);
	}
	output->fd = fd;
	output->file = file;
	output->owned = !file;
	*out = output;
	return 0;
}

int rdb_output_file(int fd, const char *name, struct rdb_output **out, struct rdb_err *err)
{
	return output_create(fd, true, name, out, err);
}

static bool is_socket(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode);
}

/*
 * A pipe is opened anew, so that it can be written without blocking here and stays as it is for
 * the others that share it.
 */
static int reopen(int fd)
{
	char path[32];
	struct stat st;
	int own = -1;

	if (fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode)) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		own = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	}
	return own >= 0 ? own : fcntl(fd, F_DUPFD_CLOEXEC, 0);
}

int rdb_output_stream(int fd, const char *name, struct rdb_output **out, struct rdb_err *err)
{
	int own = reopen(fd), ret;

	if (own < 0)
		return rdb_err_sys(err, errno, "%s", name);
	ret = output_create(own, false, name, out, err);
	if (ret != 0)
		close(own);
	else
		(*out)->socket = is_socket(own);
	return ret;
}

bool rdb_output_can_patch(const struct rdb_output *output)
{
	return output->file;
}

uint64_t rdb_output_at(const struct rdb_output *output)
{
	return output->at;
}

static int output_error(const struct rdb_output *output, int code, struct rdb_err *err)
{
	if (code == ECANCELED)
		return rdb_err_set(err, ECANCELED, "cancelled");
	return rdb_err_sys(err, code, "writing %s", output->name);
}

static bool is_cancelled(const struct rdb_output *output)
{
	return atomic_load(&output->cancelled) || rdb_cancel_fired(output->cancel);
}

/* Waits until the pipe takes more, or the end comes. */
static int wait_writable(struct rdb_output *output)
{
	struct pollfd poller = {.fd = output->fd, .events = POLLOUT};

	while (!is_cancelled(output)) {
		int n = poll(&poller, 1, CANCEL_POLL_MS);
		if (n > 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return -errno;
	}
	return -ECANCELED;
}

/* A socket can't be opened anew, but be told each time not to wait. */
static ssize_t write_some(struct rdb_output *output, const char *data, size_t len, uint64_t at)
{
	if (output->file)
		return pwrite(output->fd, data, len, (off_t)at);
	if (output->socket)
		return send(output->fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	return write(output->fd, data, len);
}

/* Writes all of it; to a file at the given place. */
static int write_all(struct rdb_output *output, const char *data, size_t len, uint64_t at)
{
	while (len) {
		ssize_t n;
		int ret = 0;

		if (is_cancelled(output))
			return -ECANCELED;
		n = write_some(output, data, len, at);
		if (n < 0 && errno == EAGAIN)
			ret = wait_writable(output);
		else if (n < 0 && errno != EINTR)
			ret = -errno;
		if (ret != 0)
			return ret;
		if (n > 0) {
			data += n;
			len -= (size_t)n;
			at += (size_t)n;
		}
	}
	return 0;
}

int rdb_output_append(struct rdb_output *output, const void *data, size_t len, struct rdb_err *err)
{
	int ret = write_all(output, data, len, output->at);

	if (ret != 0)
		return output_error(output, -ret, err);
	output->at += len;
	return 0;
}

static bool cannot_copy(int code)
{
	return code == EXDEV || code == EINVAL || code == ENOSYS || code == EOPNOTSUPP ||
	       code == EBADF || code == EPERM || code == ETXTBSY;
}

/* One step inside the kernel: bytes copied; 0 when it has to be done by hand; or an errno. */
static ssize_t copy_in_kernel(struct rdb_output *output, int fd, uint64_t off, size_t len)
{
	off_t from = (off_t)off, to = (off_t)output->at;
	ssize_t n;

	if (!output->file || output->no_copy)
		return 0;
	n = copy_file_range(fd, &from, output->fd, &to, len, 0);
	if (n < 0 && errno == EINTR)
		n = 0;
	else if (n < 0 && !cannot_copy(errno))
		return -errno;
	else if (n <= 0)
		output->no_copy = true;
	if (n > 0)
		output->at += (uint64_t)n;
	return n > 0 ? n : 0;
}

static ssize_t copy_by_hand(struct rdb_output *output, int fd, uint64_t off, size_t len)
{
	ssize_t n;
	int ret;

	if (!output->piece && !(output->piece = malloc(COPY_PIECE)))
		return -ENOMEM;
	do
		n = pread(fd, output->piece, len, (off_t)off);
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		return n < 0 ? -errno : -EIO;
	ret = write_all(output, output->piece, (size_t)n, output->at);
	if (ret != 0)
		return ret;
	output->at += (uint64_t)n;
	return n;
}

int rdb_output_copy(
	struct rdb_output *output, int fd, uint64_t off, uint64_t len, struct rdb_err *err)
{
	while (len) {
		size_t step = len < COPY_PIECE ? (size_t)len : COPY_PIECE;
		ssize_t n =
			is_cancelled(output) ? -ECANCELED : copy_in_kernel(output, fd, off, step);
		if (n == 0)
			n = copy_by_hand(output, fd, off, step);
		if (n < 0)
			return output_error(output, (int)-n, err);
		off += (uint64_t)n;
		len -= (uint64_t)n;
	}
	return 0;
}

int rdb_output_patch(
	struct rdb_output *output, const void *data, size_t len, uint64_t at, struct rdb_err *err)
{
	int ret = write_all(output, data, len, at);

	return ret ? output_error(output, -ret, err) : 0;
}

int rdb_output_rewind(struct rdb_output *output, uint64_t at, struct rdb_err *err)
{
	if (ftruncate(output->fd, (off_t)at) != 0)
		return output_error(output, errno, err);
	output->at = at;
	return 0;
}

void rdb_output_obey(struct rdb_output *output, const struct rdb_cancel *cancel)
{
	output->cancel = cancel;
}

void rdb_output_cancel(struct rdb_output *output)
{
	atomic_store(&output->cancelled, true);
}

void rdb_output_close(struct rdb_output *output)
{
	if (!output)
		return;
	if (output->owned)
		close(output->fd);
	free(output->piece);
	free(output->name);
	free(output);
}
