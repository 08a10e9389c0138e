#include "index/index_folder.h"

#include "base/array.h"
#include "base/log.h"
#include "io/open_dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int rdb_index_folder(const char *path, int *dirfd, struct rdb_err *err)
{
	struct stat st;
	int fd;

	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		return rdb_err_sys(err, errno, "the index folder %s", path);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) != 0) {
		int code = errno;
		if (fd >= 0)
			close(fd);
		return rdb_err_sys(err, code, "the index folder %s", path);
	}
	if (st.st_uid != geteuid() || (st.st_mode & 022)) {
		close(fd);
		return rdb_err_set(err, EACCES,
			"the index folder %s belongs to another user or is writable by others: use "
			"another one (index-dir), or chown and chmod 700 it",
			path);
	}
	*dirfd = fd;
	return 0;
}

/* ---- pruning ---- */

#define NAME_MAX_LEN 78 /* 64 hexadecimal digits, then ".index" or ".%08x.keys" */

struct entry {
	char name[NAME_MAX_LEN + 1];
	time_t used;
	uint64_t size;
};

struct list {
	struct entry *entries;
	size_t count;
	size_t cap;
};

/* Returns true if "name" is the file name of an archive's index (index.h) or of a table's key index
 * (keys/key_file.h). */
static bool is_name(const char *name)
{
	if (strspn(name, "0123456789abcdef") != 64)
		return false;
	return strcmp(name + 64, ".index") == 0 ||
	       (name[64] == '.' && strspn(name + 65, "0123456789abcdef") == 8 &&
		       strcmp(name + 73, ".keys") == 0);
}

static bool is_index(int dirfd, const char *name, struct stat *st)
{
	return is_name(name) && fstatat(dirfd, name, st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISREG(st->st_mode) && st->st_uid == geteuid();
}

static bool add(struct list *list, const char *name, const struct stat *st)
{
	if (rdb_array_grow(&list->entries, &list->cap, list->count, sizeof(*list->entries)) != 0)
		return false;
	struct entry *entry = &list->entries[list->count++];
	strcpy(entry->name, name);
	entry->used = st->st_mtim.tv_sec;
	entry->size = (uint64_t)st->st_size;
	return true;
}

static void collect(int dirfd, struct list *list)
{
	DIR *dir = rdb_open_dir(dirfd, ".");
	struct dirent *entry;
	struct stat st;

	if (!dir)
		return;
	while ((entry = readdir(dir)))
		if (is_index(dirfd, entry->d_name, &st) && !add(list, entry->d_name, &st))
			break;
	closedir(dir);
}

static int newest_first(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return (x->used < y->used) - (x->used > y->used);
}

void rdb_prune(int dirfd, time_t now, uint64_t max_bytes)
{
	struct list list = {0};
	unsigned removed = 0;
	uint64_t total = 0;

	collect(dirfd, &list);
	if (list.count > 1)
		qsort(list.entries, list.count, sizeof(*list.entries), newest_first);
	for (size_t i = 0; i < list.count; i++) {
		const struct entry *entry = &list.entries[i];
		total += entry->size;
		if ((total > max_bytes || now - entry->used > RDB_PRUNE_SECONDS) &&
			unlinkat(dirfd, entry->name, 0) == 0)
			removed++;
	}
	if (removed > 0)
		rdb_log_info("removed %u indexes that had not been used for a long time", removed);
	free(list.entries);
}
