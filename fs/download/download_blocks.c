/* The list of the blocks of a cached archive that are already downloaded. The list is a file beside
 * the archive's file in the cache. */
#include "download/download_cache_private.h"

#include "io/write_all.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

/* Header of the file that lists the downloaded blocks of an archive. After the header, the file has
 * one bit for each block. */
struct map_head {
	char magic[8];
	uint32_t crc;   /* checksum of all following bytes */
	uint32_t flags; /* bit 0: the host supports ranges; other bits: number of the attempt */
	uint64_t size;
	char etag[RDB_CACHED_TEXT];
	char digest[RDB_CACHED_TEXT];
};

static const char magic[8] = "rdbdown";

void rdb_cached_blocks_name(const char *key, char out[RDB_CACHED_NAME])
{
	snprintf(out, RDB_CACHED_NAME, "%.*s.blocks", RDB_CACHED_KEY, key);
}

uint64_t rdb_cached_count_blocks(uint64_t size)
{
	return size / RDB_CACHED_BLOCK + (size % RDB_CACHED_BLOCK != 0);
}

static uint32_t map_crc(const struct map_head *head, const unsigned char *bits, size_t len)
{
	const unsigned char *after = (const unsigned char *)&head->flags;
	uLong crc = crc32(0, after, (uInt)(sizeof(*head) - offsetof(struct map_head, flags)));

	return (uint32_t)(len ? crc32_z(crc, bits, len) : crc);
}

static bool head_is_sane(const struct map_head *head)
{
	return memcmp(head->magic, magic, sizeof(magic)) == 0 && head->size > 0 &&
	       rdb_cached_count_blocks(head->size) <= RDB_CACHED_BLOCKS_MAX &&
	       memchr(head->etag, 0, RDB_CACHED_TEXT) && memchr(head->digest, 0, RDB_CACHED_TEXT);
}

static void copy_version(const struct map_head *head, struct rdb_cached_version *out)
{
	*out = (struct rdb_cached_version){
		.size = head->size, .ranges = head->flags & 1, .attempt = head->flags >> 1};
	memcpy(out->etag, head->etag, RDB_CACHED_TEXT);
	memcpy(out->digest, head->digest, RDB_CACHED_TEXT);
}

static int read_map(int fd, struct map_head *head, unsigned char **bits)
{
	unsigned char *list;
	size_t len;

	if (read(fd, head, sizeof(*head)) != (ssize_t)sizeof(*head) || !head_is_sane(head))
		return -ENOENT;
	len = (size_t)(rdb_cached_count_blocks(head->size) + 7) / 8;
	list = malloc(len);
	if (!list)
		return -ENOMEM;
	if (read(fd, list, len) != (ssize_t)len || map_crc(head, list, len) != head->crc) {
		free(list);
		return -ENOENT;
	}
	*bits = list;
	return 0;
}

static bool is_short(int code)
{
	return code == EMFILE || code == ENFILE || code == ENOMEM;
}

int rdb_cached_blocks_load(const struct rdb_download_cache *cache, const char *key,
	struct rdb_cached_version *version, unsigned char **bits)
{
	char name[RDB_CACHED_NAME];
	unsigned char *read;
	struct map_head head;
	int fd, ret;

	rdb_cached_blocks_name(key, name);
	fd = openat(cache->fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return is_short(errno) ? -errno : -ENOENT;
	ret = read_map(fd, &head, &read);
	close(fd);
	if (ret != 0)
		return ret;
	copy_version(&head, version);
	if (bits)
		*bits = read;
	else
		free(read);
	return 0;
}

/* Replaces the file that lists the archive's downloaded blocks. Syncs the archive's data first, so
 * that every listed block is on disk. */
static int write_map(const struct rdb_cached_blocks *file, const struct map_head *head, size_t len)
{
	char name[RDB_CACHED_NAME], new[RDB_CACHED_NAME + 4];
	int fd, ret;

	rdb_cached_blocks_name(file->key, name);
	snprintf(new, sizeof(new), "%s.new", name);
	if (fdatasync(file->data) != 0)
		return -errno;
	fd = openat(
		file->cache->fd, new, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	ret = rdb_write_all(fd, head, sizeof(*head));
	if (ret == 0)
		ret = rdb_write_all(fd, file->bits, len);
	if (close(fd) != 0 && ret == 0)
		ret = -errno;
	if (ret == 0 && renameat(file->cache->fd, new, file->cache->fd, name) != 0)
		ret = -errno;
	if (ret != 0)
		unlinkat(file->cache->fd, new, 0);
	return ret;
}

void rdb_cached_blocks_save(const struct rdb_cached_blocks *file)
{
	const struct rdb_cached_version *version = &file->version;
	size_t len = (size_t)(rdb_cached_count_blocks(version->size) + 7) / 8;
	struct map_head head = {.crc = 0};

	memcpy(head.magic, magic, sizeof(magic));
	head.flags = version->ranges | version->attempt << 1;
	head.size = version->size;
	memcpy(head.etag, version->etag, RDB_CACHED_TEXT);
	memcpy(head.digest, version->digest, RDB_CACHED_TEXT);
	head.crc = map_crc(&head, file->bits, len);
	/* Ignore a failure, because a block that the map does not list is downloaded again. */
	(void)write_map(file, &head, len);
}
