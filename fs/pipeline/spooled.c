#include "pipeline/spooled.h"

#include "io/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>

#define BUFFER (128 * 1024) /* bytes */

struct rdb_spooled {
	int fd;
	gzFile file; /* NULL only if the file could not be opened again for reading */
	int reading;
};

static gzFile open_stream(int fd, const char *mode)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	gzFile file = copy < 0 ? NULL : gzdopen(copy, mode);

	if (!file && copy >= 0)
		close(copy);
	if (file)
		gzbuffer(file, BUFFER);
	return file;
}

int rdb_spooled_create(const char *dir, struct rdb_spooled **out, struct rdb_err *err)
{
	struct rdb_spooled *spooled = calloc(1, sizeof(*spooled));
	int ret;

	if (!spooled)
		return rdb_err_sys(err, ENOMEM, "spool");
	ret = rdb_scratch_open(dir, err);
	if (ret < 0) {
		rdb_err_prefix(err, "keeping documents on disk: ");
		free(spooled);
		return ret;
	}
	spooled->fd = ret;
	spooled->file = open_stream(spooled->fd, "wb1");
	if (!spooled->file) {
		rdb_spooled_free(spooled);
		return rdb_err_sys(err, ENOMEM, "spool");
	}
	*out = spooled;
	return 0;
}

void rdb_spooled_free(struct rdb_spooled *spooled)
{
	if (!spooled)
		return;
	if (spooled->file)
		gzclose(spooled->file);
	close(spooled->fd);
	free(spooled);
}

static int failed(struct rdb_err *err, const char *doing)
{
	int code = errno ? errno : EIO;

	return rdb_err_sys(err, code, "%s documents kept on disk", doing);
}

int rdb_spooled_write(
	struct rdb_spooled *spooled, const void *data, size_t len, struct rdb_err *err)
{
	const char *from = data;

	while (len) {
		unsigned part = len < INT_MAX ? (unsigned)len : INT_MAX;
		errno = 0;
		if (gzwrite(spooled->file, from, part) != (int)part)
			return failed(err, "writing");
		from += part;
		len -= part;
	}
	return 0;
}

static int turn_around(struct rdb_spooled *spooled, struct rdb_err *err)
{
	int ret;

	errno = 0;
	ret = gzclose(spooled->file);
	spooled->file = NULL;
	if (ret != Z_OK)
		return failed(err, "writing");
	if (lseek(spooled->fd, 0, SEEK_SET) != 0)
		return failed(err, "reading");
	spooled->file = open_stream(spooled->fd, "rb");
	spooled->reading = 1;
	return spooled->file ? 0 : rdb_err_sys(err, ENOMEM, "spool");
}

ssize_t rdb_spooled_read(struct rdb_spooled *spooled, void *buf, size_t len, struct rdb_err *err)
{
	int ret = spooled->reading ? 0 : turn_around(spooled, err);

	if (ret != 0)
		return ret;
	errno = 0;
	ret = gzread(spooled->file, buf, len < INT_MAX ? (unsigned)len : INT_MAX);
	return ret < 0 ? failed(err, "reading") : ret;
}
