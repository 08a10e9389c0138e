#include "store/download_cache.h"

#include "base/log.h"
#include "base/write_all.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define BLOCK RDB_CACHED_BLOCK
#define BLOCKS_MAX ((uint64_t)1 << 26) /* archives up to 64 TiB */
#define SAVE_EVERY 64                  /* blocks */
#define DATA ".archive"
#define MAP ".blocks"
#define NAME_SIZE (RDB_CACHED_KEY + 16)

struct rdb_download_cache {
	char *dir;
	int fd;
	uint64_t limit;
};

/* Head of the file that lists the blocks; one bit for each block follows. */
struct map_head {
	char magic[8];
	uint32_t crc;   /* checksum of all following bytes */
	uint32_t flags; /* bit 0: the host answers ranges; the other bits: attempt */
	uint64_t size;
	char etag[RDB_CACHED_TEXT];
	char digest[RDB_CACHED_TEXT];
};

static const char magic[8] = "rdbdown";

struct rdb_cached {
	struct rdb_download_cache *cache;
	char key[RDB_CACHED_KEY + 1]; /* "": a file without a name */
	int fd;

	pthread_mutex_t lock; /* guards the rest */
	bool begun;
	struct rdb_cached_version version;
	unsigned char *bits;
	uint64_t blocks, present;
	unsigned unsaved;
};

/* ---- names ---- */

static void data_name(const char *key, char out[NAME_SIZE])
{
	snprintf(out, NAME_SIZE, "%.*s" DATA, RDB_CACHED_KEY, key);
}

static void map_name(const char *key, char out[NAME_SIZE])
{
	snprintf(out, NAME_SIZE, "%.*s" MAP, RDB_CACHED_KEY, key);
}

/* ---- the file of blocks ---- */

static uint64_t count_blocks(uint64_t size)
{
	return size / BLOCK + (size % BLOCK != 0);
}

static uint32_t map_crc(const struct map_head *head, const unsigned char *bits, size_t len)
{
	const unsigned char *after = (const unsigned char *)&head->flags;
	uLong crc = crc32(0, after, (uInt)(sizeof(*head) - offsetof(struct map_head, flags)));

	return (uint32_t)(len ? crc32_z(crc, bits, len) : crc);
}

/* Reads len bytes, or fewer at the end of the file. */
static ssize_t read_all(int fd, void *buf, size_t len)
{
	size_t done = 0;
	ssize_t n = 1;

	while (done < len && n > 0) {
		n = read(fd, (char *)buf + done, len - done);
		if (n < 0 && errno == EINTR)
			n = 1;
		else if (n > 0)
			done += (size_t)n;
	}
	return n < 0 ? -errno : (ssize_t)done;
}

static bool head_is_sane(const struct map_head *head)
{
	return memcmp(head->magic, magic, sizeof(magic)) == 0 && head->size > 0 &&
	       count_blocks(head->size) <= BLOCKS_MAX && memchr(head->etag, 0, RDB_CACHED_TEXT) &&
	       memchr(head->digest, 0, RDB_CACHED_TEXT);
}

/* Reads the list of blocks; bits may be NULL. Returns false if there is no usable file. */
static bool load_map(const struct rdb_download_cache *cache, const char *key, struct map_head *head,
	unsigned char **bits)
{
	char name[NAME_SIZE];
	unsigned char *read = NULL;
	size_t len = 0;
	bool ok;
	int fd;

	map_name(key, name);
	fd = openat(cache->fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return false;
	ok = read_all(fd, head, sizeof(*head)) == (ssize_t)sizeof(*head) && head_is_sane(head);
	if (ok) {
		len = (size_t)(count_blocks(head->size) + 7) / 8;
		read = malloc(len);
		ok = read && read_all(fd, read, len) == (ssize_t)len &&
		     map_crc(head, read, len) == head->crc;
	}
	close(fd);
	if (ok && bits)
		*bits = read;
	else
		free(read);
	return ok;
}

/* Writes the list of blocks, after syncing the data, so that no listed block is missing from the
 * disk. bits is a copy, so the lock is not needed. */
static int write_map(const struct rdb_cached *cached, const struct map_head *head,
	const unsigned char *bits, size_t len)
{
	char name[NAME_SIZE], new[NAME_SIZE + 4];
	int fd, ret;

	map_name(cached->key, name);
	snprintf(new, sizeof(new), "%s.new", name);
	if (fdatasync(cached->fd) != 0)
		return -errno;
	fd = openat(cached->cache->fd, new, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
		0600);
	if (fd < 0)
		return -errno;
	ret = rdb_write_all(fd, head, sizeof(*head));
	if (ret == 0)
		ret = rdb_write_all(fd, bits, len);
	if (close(fd) != 0 && ret == 0)
		ret = -errno;
	if (ret == 0 && renameat(cached->cache->fd, new, cached->cache->fd, name) != 0)
		ret = -errno;
	if (ret != 0)
		unlinkat(cached->cache->fd, new, 0);
	return ret;
}

static void save(struct rdb_cached *cached)
{
	struct map_head head = {.crc = 0};
	unsigned char *bits;
	size_t len;

	pthread_mutex_lock(&cached->lock);
	len = (size_t)(cached->blocks + 7) / 8;
	bits = cached->begun && cached->key[0] ? malloc(len) : NULL;
	if (bits)
		memcpy(bits, cached->bits, len);
	memcpy(head.magic, magic, sizeof(magic));
	head.flags = cached->version.ranges | cached->version.attempt << 1;
	head.size = cached->version.size;
	memcpy(head.etag, cached->version.etag, RDB_CACHED_TEXT);
	memcpy(head.digest, cached->version.digest, RDB_CACHED_TEXT);
	cached->unsaved = 0;
	pthread_mutex_unlock(&cached->lock);
	if (!bits)
		return;
	head.crc = map_crc(&head, bits, len);
	/* Ignore errors: blocks that are not listed are downloaded again. */
	(void)write_map(cached, &head, bits, len);
	free(bits);
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
	char blocks[NAME_SIZE];

	if (!is_data(name) || fstatat(cache->fd, name, &data, AT_SYMLINK_NOFOLLOW) != 0)
		return 0;
	memcpy(out->key, name, RDB_CACHED_KEY);
	out->key[RDB_CACHED_KEY] = '\0';
	out->bytes = (uint64_t)data.st_blocks * 512;
	map_name(out->key, blocks);
	out->when = fstatat(cache->fd, blocks, &map, AT_SYMLINK_NOFOLLOW) == 0 ? map.st_mtim
									       : data.st_mtim;
	return out->bytes + 1;
}

/* Removes a file that no process has open. Returns whether it did. */
static bool evict(const struct rdb_download_cache *cache, const char *key)
{
	char name[NAME_SIZE];
	bool gone;
	int fd;

	data_name(key, name);
	fd = openat(cache->fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return false;
	gone = flock(fd, LOCK_EX | LOCK_NB) == 0 && unlinkat(cache->fd, name, 0) == 0;
	close(fd);
	if (!gone)
		return false;
	map_name(key, name);
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

/* Lists all files, least recently used first. *bytes: their total. Returns NULL if there are no
 * files, or when out of memory. */
static struct used *collect(const struct rdb_download_cache *cache, size_t *count, uint64_t *bytes)
{
	int fd = openat(cache->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
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
	else if (fd >= 0)
		close(fd);
	if (list)
		qsort(list, *count, sizeof(*list), compare_used);
	return list;
}

/* Removes files until the limit allows more bytes. own: key of the file to keep, whose bytes count
 * too; "": none. Returns false if not enough could be removed. */
static bool make_room(const struct rdb_download_cache *cache, const char *own, uint64_t more)
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

bool rdb_cached_make_room(struct rdb_cached *cached, uint64_t bytes)
{
	return make_room(cached->cache, cached->key, bytes);
}

/* ---- the folder ---- */

/* Makes a folder and its parents, each accessible to the owner only. */
static int make_folders(char *path)
{
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(path, 0700) != 0 && errno != EEXIST) {
			*slash = '/';
			return -errno;
		}
		*slash = '/';
	}
	return mkdir(path, 0700) != 0 && errno != EEXIST ? -errno : 0;
}

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
	ret = make_folders(cache->dir);
	cache->fd = ret ? -1 : open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (cache->fd < 0)
		ret = rdb_err_sys(err, ret ? -ret : errno, "the download cache %s", dir);
	else
		ret = check_folder(cache->fd, dir, err);
	if (ret != 0) {
		rdb_download_cache_free(cache);
		return ret;
	}
	make_room(cache, "", 0);
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

const char *rdb_download_cache_dir(const struct rdb_download_cache *cache)
{
	return cache->dir;
}

static void copy_version(const struct map_head *head, struct rdb_cached_version *out)
{
	*out = (struct rdb_cached_version){
		.size = head->size, .ranges = head->flags & 1, .attempt = head->flags >> 1};
	memcpy(out->etag, head->etag, RDB_CACHED_TEXT);
	memcpy(out->digest, head->digest, RDB_CACHED_TEXT);
}

bool rdb_download_cache_peek(
	struct rdb_download_cache *cache, const char *key, struct rdb_cached_version *out)
{
	struct map_head head;

	if (!load_map(cache, key, &head, NULL))
		return false;
	copy_version(&head, out);
	return true;
}

/* ---- one file ---- */

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

/* Loads the blocks that an earlier process kept. A file whose length does not match is ignored. */
static void load(struct rdb_cached *cached)
{
	struct map_head head;
	struct stat st;

	if (!load_map(cached->cache, cached->key, &head, &cached->bits))
		return;
	if (fstat(cached->fd, &st) != 0 || (uint64_t)st.st_size != head.size) {
		free(cached->bits);
		cached->bits = NULL;
		return;
	}
	copy_version(&head, &cached->version);
	cached->blocks = count_blocks(head.size);
	cached->present = count_bits(cached->bits, cached->blocks);
	cached->begun = true;
}

/* Opens and locks a file. Retries if eviction removed the file between opening and locking. */
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
	char name[NAME_SIZE];
	int fd, ret;

	data_name(key, name);
	fd = open_locked(cache, name, err);
	if (fd < 0)
		return fd;
	ret = create(cache, fd, out, err);
	if (ret != 0)
		return ret;
	memcpy((*out)->key, key, RDB_CACHED_KEY);
	load(*out);
	map_name(key, name);
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
	char name[NAME_SIZE];

	if (!cached)
		return;
	save(cached);
	if (cached->key[0] && !cached->begun) {
		data_name(cached->key, name);
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
	uint64_t blocks = count_blocks(version->size);
	unsigned char *bits;
	char name[NAME_SIZE];

	if (blocks == 0 || blocks > BLOCKS_MAX)
		return rdb_err_set(err, EIO, "an archive of %llu bytes is not to be had",
			(unsigned long long)version->size);
	bits = calloc((size_t)(blocks + 7) / 8, 1);
	if (!bits)
		return rdb_err_sys(err, ENOMEM, "the download cache");
	map_name(cached->key, name);
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
			"the archive has %llu bytes, and the download cache may have %llu: see "
			"--download-cache",
			(unsigned long long)size, (unsigned long long)cache->limit);
	has = fstat(cached->fd, &st) == 0 ? (uint64_t)st.st_blocks * 512 : 0;
	if (!make_room(cache, cached->key, size > has ? size - has : 0))
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
	size = block == cached->blocks ? cached->version.size : block * BLOCK;
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
	for (uint64_t block = off / BLOCK; has && block <= (off + len - 1) / BLOCK; block++)
		has = has_block(cached, block);
	pthread_mutex_unlock(&cached->lock);
	return has;
}

void rdb_cached_mark(struct rdb_cached *cached, uint64_t off, uint64_t len)
{
	uint64_t end = off + len, block = off / BLOCK + (off % BLOCK != 0);
	bool due;

	pthread_mutex_lock(&cached->lock);
	for (; block < cached->blocks; block++) {
		uint64_t to =
			block + 1 == cached->blocks ? cached->version.size : (block + 1) * BLOCK;
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

/* Removes the file's name, so that the next opening, in any process, gets a new file. */
void rdb_cached_discard(struct rdb_cached *cached, const struct rdb_cached_version *next)
{
	struct rdb_cached *fresh;
	char key[RDB_CACHED_KEY + 1], name[NAME_SIZE];

	pthread_mutex_lock(&cached->lock);
	memcpy(key, cached->key, sizeof(key));
	cached->key[0] = '\0';
	cached->begun = false;
	pthread_mutex_unlock(&cached->lock);
	if (!key[0])
		return;
	map_name(key, name);
	unlinkat(cached->cache->fd, name, 0);
	data_name(key, name);
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
	while (len > 0) {
		ssize_t n = pwrite(cached->fd, buf, len, (off_t)off);
		int code = errno;
		if (n < 0 && code == EINTR)
			continue;
		if (n <= 0)
			return rdb_err_sys(err,
				code == ENOSPC || code == EDQUOT || code == EFBIG ? ENOSPC : EIO,
				"the download cache %s", cached->cache->dir);
		buf = (const char *)buf + n;
		off += (uint64_t)n;
		len -= (size_t)n;
	}
	return 0;
}
