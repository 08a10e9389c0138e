#include "writer/output.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define COPY_PIECE ((size_t)1024 * 1024)

static int check_cancelled(const struct rdb_output *output, struct rdb_err *err)
{
	return rdb_output_is_cancelled(output) ? rdb_err_set(err, ECANCELED, "cancelled") : 0;
}

bool rdb_output_can_patch(const struct rdb_output *output)
{
	return output->ops->patch != NULL;
}

int rdb_output_append(struct rdb_output *output, const void *data, size_t len, struct rdb_err *err)
{
	int ret = check_cancelled(output, err);

	if (ret == 0)
		ret = output->ops->append(output, data, len, err);
	if (ret == 0)
		output->at += len;
	return ret;
}

static int copy_by_hand(
	struct rdb_output *output, int fd, uint64_t off, size_t len, struct rdb_err *err)
{
	size_t done = 0;

	if (!output->piece && !(output->piece = malloc(COPY_PIECE)))
		return rdb_err_sys(err, ENOMEM, "writing %s", output->name);
	while (done < len) {
		ssize_t n = pread(fd, output->piece + done, len - done, (off_t)(off + done));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return rdb_err_sys(err, n < 0 ? errno : EIO, "writing %s", output->name);
		done += (size_t)n;
	}
	return rdb_output_append(output, output->piece, len, err);
}

int rdb_output_copy(
	struct rdb_output *output, int fd, uint64_t off, uint64_t len, struct rdb_err *err)
{
	while (len) {
		size_t step = len < COPY_PIECE ? (size_t)len : COPY_PIECE;
		int ret = check_cancelled(output, err);
		ssize_t n = 0;

		if (ret == 0 && output->ops->copy)
			n = output->ops->copy(output, fd, off, step);
		if (n < 0)
			ret = rdb_err_sys(err, (int)-n, "writing %s", output->name);
		else if (ret == 0 && n > 0)
			output->at += (uint64_t)n;
		else if (ret == 0)
			ret = copy_by_hand(output, fd, off, (size_t)(n = (ssize_t)step), err);
		if (ret != 0)
			return ret;
		off += (uint64_t)n;
		len -= (uint64_t)n;
	}
	return 0;
}

int rdb_output_patch(
	struct rdb_output *output, const void *data, size_t len, uint64_t at, struct rdb_err *err)
{
	int ret = check_cancelled(output, err);

	return ret ? ret : output->ops->patch(output, data, len, at, err);
}

void rdb_output_hold(struct rdb_output *output, uint64_t from, uint64_t to)
{
	if (output->ops->hold)
		output->ops->hold(output, from, to);
}

int rdb_output_rewind(struct rdb_output *output, uint64_t at, struct rdb_err *err)
{
	int ret = output->ops->rewind(output, at, err);

	if (ret == 0)
		output->at = at;
	return ret;
}

int rdb_output_branch(struct rdb_output *output, struct rdb_output **out, struct rdb_err *err)
{
	if (!output->ops->branch)
		return rdb_err_set(err, EBUSY, "%s accepts only one table at a time", output->name);
	return output->ops->branch(output, out, err);
}

int rdb_output_commit(struct rdb_output *output, struct rdb_err *err)
{
	int ret = check_cancelled(output, err);

	if (ret == 0 && output->ops->commit)
		ret = output->ops->commit(output, err);
	return ret;
}

void rdb_output_obey(struct rdb_output *output, const struct rdb_cancel *cancel)
{
	if (cancel)
		output->cancel = cancel;
}

void rdb_output_cancel(struct rdb_output *output)
{
	atomic_store(&output->cancelled, true);
}

bool rdb_output_is_cancelled(const struct rdb_output *output)
{
	return atomic_load(&output->cancelled) || rdb_cancel_fired(output->cancel);
}

void rdb_output_close(struct rdb_output *output)
{
	if (!output)
		return;
	free(output->piece);
	free(output->name);
	output->ops->close(output);
}
