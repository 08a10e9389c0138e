#include "remote/service_saved.h"

#include "base/buf.h"
#include "base/formatted.h"
#include "base/siphash.h"
#include "io/write_all.h"
#include "writer/partial.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SIZE_MAXIMUM ((off_t)16 << 20)

static char *path_of(const char *dir, const char *where)
{
	static const struct rdb_siphash_key key = {{0x72646266732d6c69, 0x7374}};

	return rdb_formatted(
		"%s/%016" PRIx64 ".list", dir, rdb_siphash(&key, where, strlen(where)));
}

/* ---- saving ---- */

void rdb_service_save(
	const char *dir, const char *where, const struct rdb_service_backup *backups, size_t count)
{
	char *path = path_of(dir, where);
	struct rdb_partial *partial = NULL;
	struct rdb_buf text = {0};

	if (path && rdb_service_write_backups(backups, count, &text) == 0 &&
		rdb_partial_create(path, true, &partial, NULL) == 0 &&
		rdb_write_all(rdb_partial_fd(partial), text.data, text.len) == 0)
		rdb_partial_commit(partial, NULL);
	rdb_partial_close(partial);
	rdb_buf_free(&text);
	free(path);
}

/* ---- loading ---- */

static int read_file(const char *path, struct rdb_buf *text, time_t *when)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;
	ssize_t n = 0;
	int ret = fd < 0 || fstat(fd, &st) != 0 || st.st_size > SIZE_MAXIMUM ? -ENOENT : 0;

	if (ret == 0)
		ret = rdb_buf_reserve(text, (size_t)st.st_size + 1);
	if (ret == 0)
		n = read(fd, text->data, (size_t)st.st_size);
	if (ret == 0 && n != st.st_size)
		ret = -ENOENT;
	if (ret == 0) {
		text->len = (size_t)n;
		*when = st.st_mtime;
	}
	if (fd >= 0)
		close(fd);
	return ret;
}

int rdb_service_load(const char *dir, const char *where, struct rdb_service_backup **out,
	size_t *count, time_t *when)
{
	char *path = path_of(dir, where);
	struct rdb_buf text = {0};
	int ret = path ? read_file(path, &text, when) : -ENOMEM;

	if (ret == 0 && rdb_service_read_backups(text.data, text.len, out, count, NULL) != 0)
		ret = -ENOENT;
	rdb_buf_free(&text);
	free(path);
	return ret;
}
