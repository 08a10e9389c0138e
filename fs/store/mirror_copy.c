#include "store/mirror_copy.h"

#include "base/write_all.h"
#include "gz/gunzip.h"
#include "writer/partial.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define PIECE ((size_t)1 << 20)

struct copy {
	struct rdb_source *source;
	struct rdb_gunzip *gunzip; /* verifies gzip; NULL: not gzip */
	int fd;
	const char *file;
	const struct rdb_cancel *cancel;
};

static int check(struct copy *copy, const char *data, size_t len, struct rdb_err *err)
{
	const char *text;
	ssize_t n;

	rdb_gunzip_feed(copy->gunzip, data, len);
	do
		n = rdb_gunzip_next(copy->gunzip, &text, err);
	while (n > 0);
	if (n == -EINVAL)
		rdb_err_prefix(err, "%s is damaged: ", copy->file);
	return n == -EINVAL ? -EBADMSG : (int)n;
}

static int copy_piece(struct copy *copy, char *piece, size_t len, uint64_t off, struct rdb_err *err)
{
	int ret = rdb_source_read_exact(copy->source, piece, len, off, err);

	if (ret == 0 && off == 0 && rdb_gunzip_is(piece, len))
		ret = rdb_gunzip_create(&copy->gunzip);
	if (ret == 0 && copy->gunzip)
		ret = check(copy, piece, len, err);
	if (ret != 0)
		return ret;
	ret = rdb_write_all(copy->fd, piece, len);
	return ret ? rdb_err_sys(err, -ret, "%s", copy->file) : 0;
}

static int copy_all(struct copy *copy, struct rdb_err *err)
{
	uint64_t size = copy->source->identity.size, off = 0;
	char *piece = malloc(PIECE);
	int ret = piece ? 0 : rdb_err_sys(err, ENOMEM, "%s", copy->file);

	while (ret == 0 && off < size) {
		size_t len = size - off < PIECE ? (size_t)(size - off) : PIECE;
		ret = copy_piece(copy, piece, len, off, err);
		off += len;
		if (ret == 0 && rdb_cancel_fired(copy->cancel))
			ret = rdb_err_set(err, ECANCELED, "%s: cancelled", copy->file);
	}
	free(piece);
	if (ret == 0 && copy->gunzip && rdb_gunzip_end(copy->gunzip, err) != 0)
		ret = rdb_err_set(err, EBADMSG, "%s is damaged: it ends early", copy->file);
	return ret;
}

static int copy_into(struct rdb_source *source, struct rdb_partial *partial, const char *file,
	time_t mtime, const struct rdb_cancel *cancel, struct rdb_err *err)
{
	const struct timespec times[2] = {{.tv_sec = mtime}, {.tv_sec = mtime}};
	struct copy copy = {
		.source = source, .fd = rdb_partial_fd(partial), .file = file, .cancel = cancel};
	int ret = copy_all(&copy, err);

	rdb_gunzip_free(copy.gunzip);
	if (ret == 0 && mtime && futimens(copy.fd, times) != 0)
		ret = rdb_err_sys(err, errno, "%s", file);
	return ret ? ret : rdb_partial_commit(partial, err);
}

int rdb_mirror_copy(struct rdb_source *source, const char *dir, const char *file, time_t mtime,
	const struct rdb_cancel *cancel, struct rdb_err *err)
{
	struct rdb_partial *partial = NULL;
	char *path;
	int ret;

	if (asprintf(&path, "%s/%s", dir, file) < 0)
		return rdb_err_sys(err, ENOMEM, "%s", file);
	ret = rdb_partial_create(path, false, &partial, err);
	free(path);
	if (ret != 0)
		return ret;
	ret = copy_into(source, partial, file, mtime, cancel, err);
	rdb_partial_close(partial);
	return ret;
}
