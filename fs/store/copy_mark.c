#include "store/copy_mark.h"

#include "io/write_all.h"
#include "writer/home.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SUFFIX ".rdbfs-copy"
#define NEW "~" /* suffix of the file in which a new mark is written before a rename */
#define SIZE_MOST 8192

static bool name_mark(const char *file, const char *after, char out[NAME_MAX + 1])
{
	return !strchr(file, '/') &&
	       snprintf(out, NAME_MAX + 1, ".%s" SUFFIX "%s", file, after) <= NAME_MAX;
}

bool rdb_copy_mark_is(const char *name, char file[NAME_MAX + 1])
{
	size_t len = strlen(name);

	if (len <= strlen("." SUFFIX) || len > NAME_MAX || name[0] != '.' ||
		strcmp(name + len - strlen(SUFFIX), SUFFIX) != 0)
		return false;
	memcpy(file, name + 1, len - strlen("." SUFFIX));
	file[len - strlen("." SUFFIX)] = '\0';
	return true;
}

/* ---- writing ---- */

char *rdb_copy_mark_text(const struct rdb_copy_mark *mark)
{
	char home[17];
	json_t *object;
	char *text;

	snprintf(home, sizeof(home), "%016" PRIx64, mark->home);
	object = json_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:b}", "origin", mark->of.origin, "type",
		mark->of.type, "home", home, "size", (json_int_t)mark->size, "mtime",
		(json_int_t)mark->mtime, "created", (json_int_t)mark->created, "removed",
		(int)mark->removed);
	text = object ? json_dumps(object, JSON_COMPACT) : NULL;
	json_decref(object);
	return text;
}

static int write_new(int folder, const char *name, const char *text)
{
	int fd = openat(folder, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	int ret = fd < 0 ? -errno : rdb_write_all(fd, text, strlen(text));

	if (ret == 0 && fsync(fd) != 0)
		ret = -errno;
	if (fd >= 0 && close(fd) != 0 && ret == 0)
		ret = -errno;
	return ret;
}

int rdb_copy_mark_write(
	int folder, const char *file, const struct rdb_copy_mark *mark, struct rdb_err *err)
{
	char name[NAME_MAX + 1], new[NAME_MAX + 1];
	char *text;
	int ret;

	if (!name_mark(file, "", name) || !name_mark(file, NEW, new))
		return rdb_err_sys(err, ENAMETOOLONG, "the mark of %s", file);
	text = rdb_copy_mark_text(mark);
	if (!text)
		return rdb_err_sys(err, ENOMEM, "the mark of %s", file);
	ret = write_new(folder, new, text);
	free(text);
	if (ret == 0 && renameat(folder, new, folder, name) != 0)
		ret = -errno;
	if (ret == 0)
		return 0;
	unlinkat(folder, new, 0);
	return rdb_err_sys(err, -ret, "the mark of %s", file);
}

/* ---- reading ---- */

static bool copy_text(char *out, size_t size, const char *text)
{
	return snprintf(out, size, "%s", text) < (int)size;
}

static int decode(json_t *object, struct rdb_copy_mark *out)
{
	const char *origin, *type, *home;
	json_int_t size, mtime, created;
	int removed;

	*out = (struct rdb_copy_mark){.size = 0};
	if (json_unpack(object, "{s:s, s:s, s:s, s:I, s:I, s:I, s:b}", "origin", &origin, "type",
		    &type, "home", &home, "size", &size, "mtime", &mtime, "created", &created,
		    "removed", &removed) != 0 ||
		size < 0 || sscanf(home, "%16" SCNx64, &out->home) != 1 ||
		!copy_text(out->of.origin, sizeof(out->of.origin), origin) ||
		!copy_text(out->of.type, sizeof(out->of.type), type))
		return -ENOENT;
	out->size = (uint64_t)size;
	out->mtime = (time_t)mtime;
	out->created = (time_t)created;
	out->removed = removed;
	return 0;
}

int rdb_copy_mark_parse(const char *text, size_t len, struct rdb_copy_mark *out)
{
	json_t *object = json_loadb(text, len, 0, NULL);
	int ret = object ? decode(object, out) : -ENOENT;

	json_decref(object);
	return ret;
}

/* Returns true if the file is small and regular, and only root or the user of this process can
 * write to the file. */
static bool is_ours(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size <= SIZE_MOST &&
	       (st.st_uid == geteuid() || st.st_uid == 0) && !(st.st_mode & 022);
}

int rdb_copy_mark_read(int folder, const char *file, struct rdb_copy_mark *out)
{
	char name[NAME_MAX + 1], text[SIZE_MOST];
	ssize_t len;
	int fd;

	if (!name_mark(file, "", name))
		return -ENOENT;
	fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return -ENOENT;
	len = is_ours(fd) ? read(fd, text, sizeof(text)) : -1;
	close(fd);
	return len < 0 ? -ENOENT : rdb_copy_mark_parse(text, (size_t)len, out);
}

void rdb_copy_mark_remove(int folder, const char *file)
{
	char name[NAME_MAX + 1];

	if (name_mark(file, "", name))
		unlinkat(folder, name, 0);
}

bool rdb_copy_mark_fits(const struct rdb_copy_mark *mark, int folder, int fd, const char *file)
{
	struct stat st;

	return !mark->removed && mark->home && mark->home == rdb_home(folder, fd, file) &&
	       fstat(fd, &st) == 0 && (uint64_t)st.st_size == mark->size &&
	       st.st_mtim.tv_sec == mark->mtime;
}
