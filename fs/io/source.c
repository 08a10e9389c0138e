#include "io/source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct file_source {
	struct rdb_source source;
	int fd;
	char *name;
};

static struct file_source *to_file(struct rdb_source *source)
{
	return (struct file_source *)source;
}

static int check_unchanged(struct file_source *file, struct rdb_err *err)
{
	const struct rdb_identity *id = &file->source.identity;
	struct stat st;

	if (fstat(file->fd, &st) != 0)
		return rdb_err_sys(err, EIO, "%s", file->name);
	if ((uint64_t)st.st_size != id->size || st.st_mtim.tv_sec != id->mtime.tv_sec ||
		st.st_mtim.tv_nsec != id->mtime.tv_nsec)
		return rdb_err_set(err, EIO, "%s was changed while it was open", file->name);
	return 0;
}

static ssize_t file_pread(
	struct rdb_source *source, void *buf, size_t len, uint64_t off, struct rdb_err *err)
{
	struct file_source *file = to_file(source);
	size_t done = 0;

	len = rdb_source_limit(source, len, off);
	while (done < len) {
		ssize_t n = pread(file->fd, (char *)buf + done, len - done, (off_t)(off + done));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return rdb_err_sys(err, EIO, "%s", file->name);
		if (n == 0)
			return rdb_err_set(
				err, EIO, "%s was cut short while it was open", file->name);
		done += (size_t)n;
	}
	int ret = check_unchanged(file, err);
	return ret ? ret : (ssize_t)done;
}

static void file_close(struct rdb_source *source)
{
	struct file_source *file = to_file(source);

	close(file->fd);
	free(file->name);
	free(file);
}

static const struct rdb_source_ops file_ops = {.pread = file_pread, .close = file_close};

int rdb_source_file(int fd, const char *name, struct rdb_source **out, struct rdb_err *err)
{
	struct file_source *file = NULL;
	struct stat st;
	int ret;

	if (fstat(fd, &st) != 0) {
		ret = rdb_err_sys(err, EIO, "%s", name);
		goto fail;
	}
	if (!S_ISREG(st.st_mode)) {
		ret = rdb_err_set(err, EINVAL, "%s is not a regular file", name);
		goto fail;
	}
	file = calloc(1, sizeof(*file));
	if (!file || !(file->name = strdup(name))) {
		ret = rdb_err_sys(err, ENOMEM, "%s", name);
		goto fail;
	}
	file->source.ops = &file_ops;
	file->source.identity.size = (uint64_t)st.st_size;
	file->source.identity.mtime = st.st_mtim;
	file->fd = fd;
	*out = &file->source;
	return 0;
fail:
	free(file);
	close(fd);
	return ret;
}

int rdb_source_read_exact(
	struct rdb_source *source, void *buf, size_t len, uint64_t off, struct rdb_err *err)
{
	ssize_t n = rdb_source_pread(source, buf, len, off, err);

	if (n < 0)
		return (int)n;
	if ((size_t)n < len)
		return rdb_err_set(err, EIO, "the content ends %zu bytes early", len - (size_t)n);
	return 0;
}

/* ---- a part of another source ---- */

struct slice {
	struct rdb_source source;
	struct rdb_source *whole;
	uint64_t offset;
};

static ssize_t slice_pread(
	struct rdb_source *source, void *buf, size_t len, uint64_t off, struct rdb_err *err)
{
	struct slice *slice = (struct slice *)source;

	len = rdb_source_limit(source, len, off);
	return len ? rdb_source_pread(slice->whole, buf, len, slice->offset + off, err) : 0;
}

static void slice_close(struct rdb_source *source)
{
	rdb_source_close(((struct slice *)source)->whole);
	free(source);
}

static const struct rdb_source_ops slice_ops = {.pread = slice_pread, .close = slice_close};

int rdb_source_slice(
	struct rdb_source *whole, uint64_t offset, uint64_t size, struct rdb_source **out)
{
	struct slice *slice = calloc(1, sizeof(*slice));
	uint64_t left = whole->identity.size > offset ? whole->identity.size - offset : 0;

	if (!slice) {
		rdb_source_close(whole);
		return -ENOMEM;
	}
	slice->source = *whole;
	slice->source.ops = &slice_ops;
	slice->source.home = 0;
	slice->source.identity.size = size < left ? size : left;
	slice->whole = whole;
	slice->offset = offset;
	*out = &slice->source;
	return 0;
}
