/*
 * Downloaded archives on disk, complete or in part, in a private folder of limited size. A list of
 * the blocks that a file has is stored beside the file, so that the next process reads these
 * blocks without a request.
 *
 * The least recently used file is removed first. Files that a process has open stay. Only one
 * process at a time has a file open.
 *
 * Threads: any. Calls wait for the disk.
 */
#ifndef RDB_DOWNLOAD_DOWNLOAD_CACHE_H
#define RDB_DOWNLOAD_DOWNLOAD_CACHE_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RDB_CACHED_BLOCK ((uint64_t)1 << 20)
#define RDB_CACHED_TEXT 128

struct rdb_download_cache;
struct rdb_cached;

/* Version of the archive that a cached file contains. The texts are "" if the host does not report
 * them. */
struct rdb_cached_version {
	uint64_t size;
	char etag[RDB_CACHED_TEXT];
	char digest[RDB_CACHED_TEXT]; /* checksum, as in download_digest.h */
	bool ranges;                  /* the host supports ranges */
	unsigned attempt;             /* number of downloads with a wrong checksum */
};

/*
 * Opens a cache in the folder dir, with files of at most "limit" bytes in total. Creates dir if
 * needed, but not its parent, with access only for the owner. Returns 0, -ENOTDIR, -EROFS, -ENOSPC,
 * -ENOMEM, -EIO or a similar error, or -EACCES if dir belongs to another user, or other users may
 * write to dir.
 */
int rdb_download_cache_create(
	const char *dir, uint64_t limit, struct rdb_download_cache **out, struct rdb_err *err);
void rdb_download_cache_free(struct rdb_download_cache *cache);

/* Stores in *out the version (size, ETag, checksum) of the archive that is cached under the key.
 * Reads only the small file that is stored beside the cached archive. Returns false if no archive
 * is cached under the key. */
bool rdb_download_cache_peek(
	struct rdb_download_cache *cache, const char *key, struct rdb_cached_version *out);

#define RDB_CACHED_KEY 32 /* number of hexadecimal digits in a key */

/*
 * Opens the file that is cached under the key, or creates it. The key has RDB_CACHED_KEY
 * hexadecimal digits. Returns 0, -ENOMEM, -EMFILE, -ENFILE, -ENOSPC, -EIO or a similar error, or
 *   -EBUSY if another process has the file open.
 */
int rdb_cached_open(struct rdb_download_cache *cache, const char *key, struct rdb_cached **out,
	struct rdb_err *err);

/* Creates and opens a temporary file that has no name, so that no other process can use it. Returns
 * 0, or an error of rdb_cached_open(). */
int rdb_cached_open_private(
	struct rdb_download_cache *cache, struct rdb_cached **out, struct rdb_err *err);

/* Saves the list of the blocks that are present, and closes the cached file. cached may be NULL. */
void rdb_cached_close(struct rdb_cached *cached);

/* Stores in *out the version of the archive in the cached file. Returns false if the file was just
 * created, and so has no version yet. */
bool rdb_cached_version(struct rdb_cached *cached, struct rdb_cached_version *out);

/* Empties the cached file, and records the version of the archive whose bytes follow. Returns 0,
 * -ENOMEM, -EIO or -ENOSPC. */
int rdb_cached_begin(
	struct rdb_cached *cached, const struct rdb_cached_version *version, struct rdb_err *err);

/*
 * Reserves disk space for the whole archive. Removes other files if needed. Returns 0, or
 *   -ENOSPC if the disk is full, or the archive exceeds the cache's limit.
 */
int rdb_cached_reserve(struct rdb_cached *cached, struct rdb_err *err);

/* Returns the number of bytes of the archive that are present from the start without a gap. */
uint64_t rdb_cached_prefix(struct rdb_cached *cached);
bool rdb_cached_is_whole(struct rdb_cached *cached);

/* Returns true if the file has all len bytes at the offset off. */
bool rdb_cached_has(struct rdb_cached *cached, uint64_t off, uint64_t len);

/* rdb_cached_read() reads all len bytes at the offset off. rdb_cached_write() writes all len bytes
 * at the offset off. Both functions return 0, -EIO or -ENOSPC. */
int rdb_cached_read(
	struct rdb_cached *cached, void *buf, size_t len, uint64_t off, struct rdb_err *err);
int rdb_cached_write(
	struct rdb_cached *cached, const void *buf, size_t len, uint64_t off, struct rdb_err *err);

/* Marks as present all blocks of the cached file that lie completely in the given range. From time
 * to time, also writes the list of present blocks to the disk. */
void rdb_cached_mark(struct rdb_cached *cached, uint64_t off, uint64_t len);

/* Returns the descriptor of the cached file. The caller may read from the descriptor, but must not
 * write to it. The descriptor is valid until rdb_cached_close(). */
int rdb_cached_fd(const struct rdb_cached *cached);

/*
 * Unlinks the cached file, because the archive on the server has been replaced, or because the
 * cached file has a wrong checksum. The next rdb_cached_open() creates a new file. *next is the
 * version of the archive (size, ETag, checksum) that the new file will contain, or NULL if unknown.
 * Readers that have the old file open can still read it, but nothing more is written to the old
 * file.
 */
void rdb_cached_discard(struct rdb_cached *cached, const struct rdb_cached_version *next);

/* Removes files of other archives from the cache until "bytes" more bytes fit. Returns false if not
 * enough files can be removed. */
bool rdb_cached_make_room(struct rdb_cached *cached, uint64_t bytes);

#endif
