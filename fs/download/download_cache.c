#include "download/download_cache_private.h"

#include "base/log.h"
#include "io/open_dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define DATA ".archive"

void rdb_cached_data_name(const char *key, char out[RDB_CACHED_NAME])
{
	snprintf(out, RDB_CACHED_NAME, "%.*s" DATA, RDB_CACHED_KEY, key);
}

/* ---- eviction ---- */

struct used {
	char key[RDB_CACHED_KEY + 1];
	struct timespec when;
	uint64_t bytes;
};

static bool is_data(const char *name)
{
	return strlen(name) == RDB_CACHED_KEY + strlen(DATA) &&
	       strspn(name, "0123456789abcdef") >= RDB_CACHED_KEY &&
	       strcmp(name + RDB_CACHED_KEY, DATA) == 0;
}

static uint64_t look_at(const struct rdb_download_cache *cache, const char *name, struct used *out)
{
	struct stat data, map;
	char blocks[RDB_CACHED_NAME];

	if (!is_data(name) || fstatat(cache->fd, name, &data, AT_SYMLINK_NOFOLLOW) != 0)
		return 0;
	memcpy(out->key, name, RDB_CACHED_KEY);
	out->key[RDB_CACHED_KEY] = '\0';
	out->bytes = (uint64_t)data.st_blocks * 512;
	rdb_cached_blocks_name(out->key, blocks);
	out->when = fstatat(cache->fd, blocks, &map, AT_SYMLINK_NOFOLLOW) == 0 ? map.st_mtim
									       : data.st_mtim;
	return out->bytes + 1;
}

/* Removes the cached file and its list of blocks, and returns true. If a process has the file open
 * and holds the file's lock, keeps the file and returns false. */
static bool evict(const struct rdb_download_cache *cache, const char *key)
{
	char name[RDB_CACHED_NAME];
	bool gone;
	int fd;

	rdb_cached_data_name(key, name);
	fd = openat(cache->fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return false;
	gone = flock(fd, LOCK_EX | LOCK_NB) == 0 && unlinkat(cache->fd, name, 0) == 0;
	close(fd);
	if (!gone)
		return false;
	rdb_cached_blocks_name(key, name);
	unlinkat(cache->fd, name, 0);
	rdb_log_debug("removed %s from the download cache", key);
	return true;
}

static int compare_used(const void *a, const void *b)
{
	const struct used *x = a, *y = b;

	if (x->when.tv_sec != y->when.tv_sec)
		return x->when.tv_sec < y->when.tv_sec ? -1 : 1;
	return x->when.tv_nsec < y->when.tv_nsec ? -1 : x->when.tv_nsec > y->when.tv_nsec;
}

static struct used *collect(const struct rdb_download_cache *cache, size_t *count, uint64_t *bytes)
{
	DIR *dir = rdb_open_dir(cache->fd, ".");
	struct used *list = NULL;
	struct dirent *entry;

	*count = 0;
	*bytes = 0;
	while (dir && (entry = readdir(dir))) {
		struct used used, *more;
		if (look_at(cache, entry->d_name, &used) == 0)
			continue;
		*bytes += used.bytes;
		more = reallocarray(list, *count + 1, sizeof(*list));
		if (!more)
			break;
		list = more;
		list[(*count)++] = used;
	}
	if (dir)
		closedir(dir);
	if (list)
		qsort(list, *count, sizeof(*list), compare_used);
	return list;
}

bool rdb_download_cache_make_room(
	const struct rdb_download_cache *cache, const char *own, uint64_t more)
{
	uint64_t bytes;
	size_t count;
	struct used *list = collect(cache, &count, &bytes);

	for (size_t i = 0; i < count && bytes + more > cache->limit; i++)
		if (strcmp(list[i].key, own) != 0 && evict(cache, list[i].key))
			bytes -= list[i].bytes;
	free(list);
	return bytes + more <= cache->limit;
}

/* ---- the folder ---- */

static int check_folder(int fd, const char *dir, struct rdb_err *err)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return rdb_err_sys(err, errno, "the download cache %s", dir);
	if (st.st_uid != geteuid() || st.st_mode & 022)
		return rdb_err_set(err, EACCES,
			"the download cache %s can be written by others: chmod 700 %s", dir, dir);
	return 0;
}

int rdb_download_cache_create(
	const char *dir, uint64_t limit, struct rdb_download_cache **out, struct rdb_err *err)
{
	struct rdb_download_cache *cache = calloc(1, sizeof(*cache));
	int ret;

	if (!cache || !(cache->dir = strdup(dir))) {
		free(cache);
		return rdb_err_sys(err, ENOMEM, "%s", dir);
	}
	cache->limit = limit;
	cache->fd = -1;
	if (mkdir(dir, 0700) == 0 || errno == EEXIST)
		cache->fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (cache->fd < 0)
		ret = rdb_err_sys(err, errno, "the download cache %s", dir);
	else
		ret = check_folder(cache->fd, dir, err);
	if (ret != 0) {
		rdb_download_cache_free(cache);
		return ret;
	}
	rdb_download_cache_make_room(cache, "", 0);
	*out = cache;
	return 0;
}

void rdb_download_cache_free(struct rdb_download_cache *cache)
{
	if (!cache)
		return;
	if (cache->fd >= 0)
		close(cache->fd);
	free(cache->dir);
	free(cache);
}

bool rdb_download_cache_peek(
	struct rdb_download_cache *cache, const char *key, struct rdb_cached_version *out)
{
	return rdb_cached_blocks_load(cache, key, out, NULL) == 0;
}
