#include "remote/mirror_copy.h"

#include "base/formatted.h"
#include "gz/gunzip.h"
#include "io/write_all.h"
#include "store/copy_mark.h"
#include "writer/partial.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define PIECE ((size_t)1 << 20)

struct copy {
	struct rdb_source *source;
	struct rdb_gunzip *gunzip; /* verifies gzip data; NULL for other data */
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

static int set_time(int fd, const struct rdb_mirror_item *item, struct rdb_err *err)
{
	const struct timespec times[2] = {{.tv_sec = item->created}, {.tv_sec = item->created}};

	if (item->created && futimens(fd, times) != 0)
		return rdb_err_sys(err, errno, "%s", item->file);
	return 0;
}

/* Writes the copy's mark, a hidden file that records the origin of the copy. Called before the copy
 * gets its final name, so that each visible copy already has its mark. */
static int write_mark(
	struct rdb_partial *partial, const struct rdb_mirror_item *item, struct rdb_err *err)
{
	struct rdb_copy_mark mark = {
		.of = item->of, .home = rdb_partial_home(partial), .created = item->created};
	struct stat st;

	if (fstat(rdb_partial_fd(partial), &st) != 0)
		return rdb_err_sys(err, errno, "%s", item->file);
	mark.size = (uint64_t)st.st_size;
	mark.mtime = st.st_mtim.tv_sec;
	return rdb_copy_mark_write(rdb_partial_folder(partial), item->file, &mark, err);
}

static int copy_into(struct rdb_source *source, struct rdb_partial *partial,
	const struct rdb_mirror_item *item, struct rdb_err *err)
{
	struct copy copy = {.source = source,
		.fd = rdb_partial_fd(partial),
		.file = item->file,
		.cancel = item->cancel};
	int ret = copy_all(&copy, err);

	rdb_gunzip_free(copy.gunzip);
	if (ret == 0)
		ret = set_time(copy.fd, item, err);
	if (ret == 0)
		ret = write_mark(partial, item, err);
	if (ret != 0)
		return ret;
	ret = rdb_partial_commit(partial, err);
	if (ret == -EEXIST) /* another program has created a file with this name */
		rdb_copy_mark_remove(rdb_partial_folder(partial), item->file);
	return ret;
}

int rdb_mirror_copy(
	struct rdb_source *source, const struct rdb_mirror_item *item, struct rdb_err *err)
{
	struct rdb_partial *partial = NULL;
	char *path;
	int ret;

	path = rdb_formatted("%s/%s", item->dir, item->file);
	if (!path)
		return rdb_err_sys(err, ENOMEM, "%s", item->file);
	ret = rdb_partial_create(path, false, &partial, err);
	free(path);
	if (ret != 0)
		return ret;
	ret = copy_into(source, partial, item, err);
	rdb_partial_close(partial);
	return ret;
}
