/* The two kinds of archive output (writer/output.h) that write to a file descriptor: a new file,
 * and a stream such as a pipe. */
#include "writer/output.h"
#include "writer/partial.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define CANCEL_POLL_MS 100 /* ms between checks for cancellation */

struct file_output {
	struct rdb_output output;
	struct rdb_partial *partial; /* NULL for a stream */
	int fd;                      /* of the partial file or of the stream */
	bool socket;
	bool no_copy; /* the kernel cannot copy to this file */
};

static struct file_output *to_file(struct rdb_output *output)
{
	return (struct file_output *)output;
}

static int failed(const struct rdb_output *output, int code, struct rdb_err *err)
{
	if (code == ECANCELED)
		return rdb_err_set(err, ECANCELED, "cancelled");
	return rdb_err_sys(err, code, "writing %s", output->name);
}

/* ---- writing ---- */

static int wait_writable(struct file_output *file)
{
	struct pollfd poller = {.fd = file->fd, .events = POLLOUT};

	while (!rdb_output_is_cancelled(&file->output)) {
		int n = poll(&poller, 1, CANCEL_POLL_MS);
		if (n > 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return -errno;
	}
	return -ECANCELED;
}

/* Writes some of the bytes without waiting for a reader. Returns the number of written bytes, or -1
 * with errno. "at" is ignored for a stream. */
static ssize_t write_some(struct file_output *file, const char *data, size_t len, uint64_t at)
{
	if (file->partial)
		return pwrite(file->fd, data, len, (off_t)at);
	if (file->socket)
		return send(file->fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	return write(file->fd, data, len);
}

static int write_all(struct file_output *file, const char *data, size_t len, uint64_t at)
{
	while (len) {
		ssize_t n;
		int ret = 0;

		if (rdb_output_is_cancelled(&file->output))
			return -ECANCELED;
		n = write_some(file, data, len, at);
		if (n < 0 && errno == EAGAIN)
			ret = wait_writable(file);
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

static int file_append(struct rdb_output *output, const void *data, size_t len, struct rdb_err *err)
{
	int ret = write_all(to_file(output), data, len, output->at);

	return ret ? failed(output, -ret, err) : 0;
}

static bool cannot_copy(int code)
{
	return code == EXDEV || code == EINVAL || code == ENOSYS || code == EOPNOTSUPP ||
	       code == EBADF || code == EPERM || code == ETXTBSY;
}

static ssize_t file_copy(struct rdb_output *output, int fd, uint64_t off, size_t len)
{
	struct file_output *file = to_file(output);
	off_t from = (off_t)off, to = (off_t)output->at;
	ssize_t n;

	if (file->no_copy)
		return 0;
	n = copy_file_range(fd, &from, file->fd, &to, len, 0);
	if (n < 0 && errno == EINTR)
		return 0;
	if (n < 0 && !cannot_copy(errno))
		return -errno;
	if (n <= 0)
		file->no_copy = true;
	return n > 0 ? n : 0;
}

static int file_patch(
	struct rdb_output *output, const void *data, size_t len, uint64_t at, struct rdb_err *err)
{
	int ret = write_all(to_file(output), data, len, at);

	return ret ? failed(output, -ret, err) : 0;
}

static int file_rewind(struct rdb_output *output, uint64_t at, struct rdb_err *err)
{
	if (ftruncate(to_file(output)->fd, (off_t)at) != 0)
		return failed(output, errno, err);
	return 0;
}

static int file_commit(struct rdb_output *output, struct rdb_err *err)
{
	return rdb_partial_commit(to_file(output)->partial, err);
}

static void file_close(struct rdb_output *output)
{
	struct file_output *file = to_file(output);

	if (file->partial)
		rdb_partial_close(file->partial);
	else if (file->fd >= 0)
		close(file->fd);
	free(file);
}

static const struct rdb_output_ops file_ops = {
	.append = file_append,
	.copy = file_copy,
	.patch = file_patch,
	.rewind = file_rewind,
	.commit = file_commit,
	.close = file_close,
};

static const struct rdb_output_ops stream_ops = {.append = file_append, .close = file_close};

/* ---- creating an output ---- */

static struct file_output *create(
	const struct rdb_output_ops *ops, const char *name, struct rdb_err *err)
{
	struct file_output *file = calloc(1, sizeof(*file));

	if (!file || !(file->output.name = strdup(name))) {
		free(file);
		rdb_err_sys(err, ENOMEM, "%s", name);
		return NULL;
	}
	file->output.ops = ops;
	file->output.folder = -1;
	file->fd = -1;
	return file;
}

int rdb_output_file(const char *path, bool overwrite, struct rdb_output **out, struct rdb_err *err)
{
	struct file_output *file = create(&file_ops, path, err);
	int ret;

	if (!file)
		return -ENOMEM;
	ret = rdb_partial_create(path, overwrite, &file->partial, err);
	if (ret != 0) {
		rdb_output_close(&file->output);
		return ret;
	}
	file->fd = rdb_partial_fd(file->partial);
	file->output.home = rdb_partial_home(file->partial);
	file->output.folder = rdb_partial_folder(file->partial);
	*out = &file->output;
	return 0;
}

static bool is_socket(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode);
}

/* Returns a new descriptor for fd, or -1 on failure. A pipe is opened again instead of being
 * duplicated, so that the new descriptor can be non-blocking while fd stays blocking. */
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
	struct file_output *file = create(&stream_ops, name, err);

	if (!file)
		return -ENOMEM;
	file->fd = reopen(fd);
	if (file->fd < 0) {
		int ret = rdb_err_sys(err, errno, "%s", name);
		rdb_output_close(&file->output);
		return ret;
	}
	file->socket = is_socket(file->fd);
	*out = &file->output;
	return 0;
}
