/* Declarations shared by download_cache.c (the folder), download_file.c (a file) and
 * download_blocks.c (the list of a file's blocks on disk). */
#ifndef RDB_DOWNLOAD_DOWNLOAD_CACHE_PRIVATE_H
#define RDB_DOWNLOAD_DOWNLOAD_CACHE_PRIVATE_H

#include "download/download_cache.h"

#define RDB_CACHED_NAME (RDB_CACHED_KEY + 16)     /* bytes of a file's name, with the NUL */
#define RDB_CACHED_BLOCKS_MAX ((uint64_t)1 << 26) /* largest number of blocks (64 TiB) */

struct rdb_download_cache {
	char *dir;
	int fd;
	uint64_t limit;
};

/* Both functions store a file name in "out". rdb_cached_data_name() names the cached file that has
 * the archive's bytes. rdb_cached_blocks_name() names the cached file that lists the blocks already
 * downloaded. */
void rdb_cached_data_name(const char *key, char out[RDB_CACHED_NAME]);
void rdb_cached_blocks_name(const char *key, char out[RDB_CACHED_NAME]);

/* Removes cached files until at least "more" bytes are free within the cache's limit. Never removes
 * the file whose key is "own". Returns false if this space could not be freed. */
bool rdb_download_cache_make_room(
	const struct rdb_download_cache *cache, const char *own, uint64_t more);

/* ---- the list of blocks on disk ---- */

/* The blocks of a cached file at one moment: one bit each, set if the block is present. */
struct rdb_cached_blocks {
	const struct rdb_download_cache *cache;
	char key[RDB_CACHED_KEY + 1];
	int data; /* descriptor of the file with the bytes */
	struct rdb_cached_version version;
	const unsigned char *bits;
};

/* Returns the number of blocks in a cached file that has "size" bytes. */
uint64_t rdb_cached_count_blocks(uint64_t size);

/* Reads the version and the list of blocks of a cached archive. "bits" may be NULL. The caller
 * frees *bits. Returns 0, -ENOENT if no usable list exists, -EMFILE, -ENFILE or -ENOMEM. */
int rdb_cached_blocks_load(const struct rdb_download_cache *cache, const char *key,
	struct rdb_cached_version *version, unsigned char **bits);

/* Syncs the bytes of the cached file, and then writes its list of blocks. Errors are ignored. */
void rdb_cached_blocks_save(const struct rdb_cached_blocks *list);

#endif
