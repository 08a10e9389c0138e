/* A file of the download cache. The file's bytes are on disk, and the list of the file's blocks is
 * in memory. */
#include "download/download_cache_private.h"

#include "io/write_all.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define SAVE_EVERY 64 /* newly present blocks after which the list of blocks is saved */

struct rdb_cached {
	struct rdb_download_cache *cache;
	char key[RDB_CACHED_KEY + 1]; /* "" for a file without a name */
	int fd;

	pthread_mutex_t lock; /* guards the fields below */
	bool begun;
	struct rdb_cached_version version;
	unsigned char *bits;
	uint64_t blocks, present;
	unsigned unsaved;
};

/* ---- opening and closing ---- */

/* Saves the list of the blocks that are present in the cached file. Writes a copy of the list, so
 * that the lock is not held during the disk access. */
static void save(struct rdb_cached *cached)
{
	struct rdb_cached_blocks list = {.cache = cached->cache, .data = cached->fd};
	unsigned char *bits;
	size_t len;

	pthread_mutex_lock(&cached->lock);
	len = (size_t)(cached->blocks + 7) / 8;
	bits = cached->begun && cached->key[0] ? malloc(len) : NULL;
	if (bits)
		memcpy(bits, cached->bits, len);
	memcpy(list.key, cached->key, sizeof(list.key));
	list.version = cached->version;
	cached->unsaved = 0;
	pthread_mutex_unlock(&cached->lock);
	list.bits = bits;
	if (bits)
		rdb_cached_blocks_save(&list);
	free(bits);
}

static int create(
	struct rdb_download_cache *cache, int fd, struct rdb_cached **out, struct rdb_err *err)
{
	struct rdb_cached *cached = calloc(1, sizeof(*cached));

	if (!cached) {
		close(fd);
		return rdb_err_sys(err, ENOMEM, "the download cache");
	}
	cached->cache = cache;
	cached->fd = fd;
	pthread_mutex_init(&cached->lock, NULL);
	*out = cached;
	return 0;
}

static uint64_t count_bits(const unsigned char *bits, uint64_t blocks)
{
	uint64_t count = 0;

	for (uint64_t i = 0; i < blocks; i++)
		count += bits[i / 8] >> i % 8 & 1;
	return count;
}

static int load(struct rdb_cached *cached)
{
	struct rdb_cached_version version;
	struct stat st;
	int ret = rdb_cached_blocks_load(cached->cache, cached->key, &version, &cached->bits);

	if (ret != 0)
		return ret == -ENOENT ? 0 : ret;
	if (fstat(cached->fd, &st) != 0 || (uint64_t)st.st_size != version.size) {
		free(cached->bits);
		cached->bits = NULL;
		return 0;
	}
	cached->version = version;
	cached->blocks = rdb_cached_count_blocks(version.size);
	cached->present = count_bits(cached->bits, cached->blocks);
	cached->begun = true;
	return 0;
}

/* Opens or creates a file of the cache, locks the file, and returns its descriptor. Tries again if
 * the file was removed before the lock was obtained. Returns -EBUSY if another process holds the
 * lock. */
static int open_locked(struct rdb_download_cache *cache, const char *name, struct rdb_err *err)
{
	struct stat here, there;
	int fd;

	for (int tries = 0; tries < 8; tries++) {
		fd = openat(cache->fd, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
		if (fd < 0)
			return rdb_err_sys(err, errno, "%s/%s", cache->dir, name);
		if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
			close(fd);
			return -EBUSY;
		}
		if (fstat(fd, &here) == 0 &&
			fstatat(cache->fd, name, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
			here.st_ino == there.st_ino)
			return fd;
		close(fd);
	}
	return -EBUSY;
}

int rdb_cached_open(struct rdb_download_cache *cache, const char *key, struct rdb_cached **out,
	struct rdb_err *err)
{
	char name[RDB_CACHED_NAME];
	int fd, ret;

	rdb_cached_data_name(key, name);
	fd = open_locked(cache, name, err);
	if (fd < 0)
		return fd;
	ret = create(cache, fd, out, err);
	if (ret != 0)
		return ret;
	memcpy((*out)->key, key, RDB_CACHED_KEY);
	ret = load(*out);
	if (ret != 0) {
		(*out)->key[0] = '\0'; /* keep the file for the next opening */
		rdb_cached_close(*out);
		*out = NULL;
		return rdb_err_sys(err, -ret, "the download cache %s", cache->dir);
	}
	rdb_cached_blocks_name(key, name);
	if ((*out)->begun)
		utimensat(cache->fd, name, NULL, 0);
	return 0;
}

int rdb_cached_open_private(
	struct rdb_download_cache *cache, struct rdb_cached **out, struct rdb_err *err)
{
	char name[] = "private.XXXXXX";
	int fd = openat(cache->fd, ".", O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);

	if (fd < 0) {
		snprintf(name, sizeof(name), "private.%d", getpid());
		fd = openat(cache->fd, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		if (fd >= 0)
			unlinkat(cache->fd, name, 0);
	}
	if (fd < 0)
		return rdb_err_sys(err, errno, "the download cache %s", cache->dir);
	return create(cache, fd, out, err);
}

void rdb_cached_close(struct rdb_cached *cached)
{
	char name[RDB_CACHED_NAME];

	if (!cached)
		return;
	save(cached);
	if (cached->key[0] && !cached->begun) {
		rdb_cached_data_name(cached->key, name);
		unlinkat(cached->cache->fd, name, 0);
	}
	close(cached->fd);
	pthread_mutex_destroy(&cached->lock);
	free(cached->bits);
	free(cached);
}

bool rdb_cached_version(struct rdb_cached *cached, struct rdb_cached_version *out)
{
	bool begun;

	pthread_mutex_lock(&cached->lock);
	*out = cached->version;
	begun = cached->begun;
	pthread_mutex_unlock(&cached->lock);
	return begun;
}

int rdb_cached_begin(
	struct rdb_cached *cached, const struct rdb_cached_version *version, struct rdb_err *err)
{
	uint64_t blocks = rdb_cached_count_blocks(version->size);
	unsigned char *bits;
	char name[RDB_CACHED_NAME];

	if (blocks == 0 || blocks > RDB_CACHED_BLOCKS_MAX)
		return rdb_err_set(err, EIO,
			"an archive of %llu bytes can't be downloaded: it is empty or too large",
			(unsigned long long)version->size);
	bits = calloc((size_t)(blocks + 7) / 8, 1);
	if (!bits)
		return rdb_err_sys(err, ENOMEM, "the download cache");
	rdb_cached_blocks_name(cached->key, name);
	if (cached->key[0])
		unlinkat(cached->cache->fd, name, 0); /* remove the list before its data */
	if (ftruncate(cached->fd, 0) != 0 || ftruncate(cached->fd, (off_t)version->size) != 0) {
		free(bits);
		return rdb_err_sys(err, errno, "the download cache %s", cached->cache->dir);
	}
	pthread_mutex_lock(&cached->lock);
	free(cached->bits);
	cached->bits = bits;
	cached->version = *version;
	cached->blocks = blocks;
	cached->present = 0;
	cached->begun = true;
	pthread_mutex_unlock(&cached->lock);
	save(cached);
	return 0;
}

int rdb_cached_reserve(struct rdb_cached *cached, struct rdb_err *err)
{
	const struct rdb_download_cache *cache = cached->cache;
	uint64_t size = cached->version.size, has;
	struct stat st;

	if (size > cache->limit)
		return rdb_err_set(err, ENOSPC,
			"the archive has %llu bytes, but the download cache is limited to %llu: "
			"see --download-cache",
			(unsigned long long)size, (unsigned long long)cache->limit);
	has = fstat(cached->fd, &st) == 0 ? (uint64_t)st.st_blocks * 512 : 0;
	if (!rdb_download_cache_make_room(cache, cached->key, size > has ? size - has : 0))
		return rdb_err_set(err, ENOSPC,
			"the download cache %s is full of archives that are being read: see "
			"--download-cache",
			cache->dir);
	if (fallocate(cached->fd, 0, 0, (off_t)size) != 0 &&
		(errno == ENOSPC || errno == EDQUOT || errno == EFBIG))
		return rdb_err_set(err, ENOSPC, "the download cache %s: no space for %llu bytes",
			cache->dir, (unsigned long long)size);
	return 0;
}

bool rdb_cached_make_room(struct rdb_cached *cached, uint64_t bytes)
{
	return rdb_download_cache_make_room(cached->cache, cached->key, bytes);
}

/* ---- blocks ---- */

static bool has_block(const struct rdb_cached *cached, uint64_t block)
{
	return cached->bits[block / 8] >> block % 8 & 1;
}

uint64_t rdb_cached_prefix(struct rdb_cached *cached)
{
	uint64_t block = 0, size;

	pthread_mutex_lock(&cached->lock);
	while (block < cached->blocks && has_block(cached, block))
		block++;
	size = block == cached->blocks ? cached->version.size : block * RDB_CACHED_BLOCK;
	pthread_mutex_unlock(&cached->lock);
	return size;
}

bool rdb_cached_is_whole(struct rdb_cached *cached)
{
	bool whole;

	pthread_mutex_lock(&cached->lock);
	whole = cached->begun && cached->present == cached->blocks;
	pthread_mutex_unlock(&cached->lock);
	return whole;
}

bool rdb_cached_has(struct rdb_cached *cached, uint64_t off, uint64_t len)
{
	bool has;

	if (len == 0)
		return true;
	pthread_mutex_lock(&cached->lock);
	has = cached->begun && off + len <= cached->version.size;
	for (uint64_t block = off / RDB_CACHED_BLOCK;
		has && block <= (off + len - 1) / RDB_CACHED_BLOCK; block++)
		has = has_block(cached, block);
	pthread_mutex_unlock(&cached->lock);
	return has;
}

void rdb_cached_mark(struct rdb_cached *cached, uint64_t off, uint64_t len)
{
	uint64_t end = off + len, block = off / RDB_CACHED_BLOCK + (off % RDB_CACHED_BLOCK != 0);
	bool due;

	pthread_mutex_lock(&cached->lock);
	for (; block < cached->blocks; block++) {
		uint64_t to = block + 1 == cached->blocks ? cached->version.size
							  : (block + 1) * RDB_CACHED_BLOCK;
		if (to > end)
			break;
		if (has_block(cached, block))
			continue;
		cached->bits[block / 8] |= (unsigned char)(1u << block % 8);
		cached->present++;
		cached->unsaved++;
	}
	due = cached->unsaved >= SAVE_EVERY ||
	      (cached->unsaved && cached->present == cached->blocks);
	pthread_mutex_unlock(&cached->lock);
	if (due)
		save(cached);
}

int rdb_cached_fd(const struct rdb_cached *cached)
{
	return cached->fd;
}

void rdb_cached_discard(struct rdb_cached *cached, const struct rdb_cached_version *next)
{
	struct rdb_cached *fresh;
	char key[RDB_CACHED_KEY + 1], name[RDB_CACHED_NAME];

	pthread_mutex_lock(&cached->lock);
	memcpy(key, cached->key, sizeof(key));
	cached->key[0] = '\0';
	cached->begun = false;
	pthread_mutex_unlock(&cached->lock);
	if (!key[0])
		return;
	rdb_cached_blocks_name(key, name);
	unlinkat(cached->cache->fd, name, 0);
	rdb_cached_data_name(key, name);
	unlinkat(cached->cache->fd, name, 0);
	if (next && rdb_cached_open(cached->cache, key, &fresh, NULL) == 0) {
		rdb_cached_begin(fresh, next, NULL);
		rdb_cached_close(fresh);
	}
}

/* ---- bytes ---- */

int rdb_cached_read(
	struct rdb_cached *cached, void *buf, size_t len, uint64_t off, struct rdb_err *err)
{
	while (len > 0) {
		ssize_t n = pread(cached->fd, buf, len, (off_t)off);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return rdb_err_set(err, EIO, "the download cache %s: %s",
				cached->cache->dir,
				n < 0 ? strerror(errno) : "a file has become shorter");
		buf = (char *)buf + n;
		off += (uint64_t)n;
		len -= (size_t)n;
	}
	return 0;
}

int rdb_cached_write(
	struct rdb_cached *cached, const void *buf, size_t len, uint64_t off, struct rdb_err *err)
{
	int ret = rdb_write_all_at(cached->fd, buf, len, off);
	bool full = ret == -ENOSPC || ret == -EDQUOT || ret == -EFBIG;

	if (ret == 0)
		return 0;
	return rdb_err_sys(err, full ? ENOSPC : EIO, "the download cache %s", cached->cache->dir);
}
