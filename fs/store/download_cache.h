/*
 * Downloaded archives on disk, complete or in part, in a private folder of limited size. The
 * blocks that a file has are listed beside it, so that the next process reads them without a
 * request.
 *
 * The least recently used file is removed first; files that a process has open stay. A file is
 * open in one process at a time.
 *
 * Threads: any. Calls wait for the disk.
 */
#ifndef RDB_STORE_DOWNLOAD_CACHE_H
#define RDB_STORE_DOWNLOAD_CACHE_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RDB_CACHED_BLOCK ((uint64_t)1 << 20)
#define RDB_CACHED_TEXT 128

struct rdb_download_cache;
struct rdb_cached;

/* Version of an archive in a file. The texts are "" if the host does not report them. */
struct rdb_cached_version {
	uint64_t size;
	char etag[RDB_CACHED_TEXT];
	char digest[RDB_CACHED_TEXT]; /* see download_digest.h */
	bool ranges;                  /* the host answers ranges */
	unsigned attempt;             /* number of downloads with a wrong checksum */
};

/*
 * Opens a cache in dir, which is created if missing, for the owner only. limit: bytes.
 *   -EACCES  dir belongs to another user, or others may write to it
 *   -ENOTDIR -EROFS -ENOSPC -ENOMEM -EIO …
 */
int rdb_download_cache_create(
	const char *dir, uint64_t limit, struct rdb_download_cache **out, struct rdb_err *err);
void rdb_download_cache_free(struct rdb_download_cache *cache);

/* Reads the version that the cache has of a key, from one small file. Returns false if there is
 * none. */
bool rdb_download_cache_peek(
	struct rdb_download_cache *cache, const char *key, struct rdb_cached_version *out);

/*
 * Opens the file of a key, which consists of RDB_CACHED_KEY hexadecimal digits.
 *   -EBUSY   another process has it open
 *   -ENOMEM -EMFILE -ENOSPC -EIO …
 */
#define RDB_CACHED_KEY 32
int rdb_cached_open(struct rdb_download_cache *cache, const char *key, struct rdb_cached **out,
	struct rdb_err *err);

/* Opens a nameless file in the folder, for this process only. Errors as for rdb_cached_open(). */
int rdb_cached_open_private(
	struct rdb_download_cache *cache, struct rdb_cached **out, struct rdb_err *err);

/* Saves the list of blocks and closes the file. Accepts NULL. */
void rdb_cached_close(struct rdb_cached *cached);

/* Returns the version in the file. False: the file is new and has no version. */
bool rdb_cached_version(struct rdb_cached *cached, struct rdb_cached_version *out);

/* Empties the file and sets a new version. Returns 0, -ENOMEM, -EIO or -ENOSPC. */
int rdb_cached_begin(
	struct rdb_cached *cached, const struct rdb_cached_version *version, struct rdb_err *err);

/*
 * Allocates the space for the whole archive, and removes other files if needed.
 *   -ENOSPC  the disk is full, or the archive is larger than the cache's limit
 */
int rdb_cached_reserve(struct rdb_cached *cached, struct rdb_err *err);

/* Number of bytes present from the start on without a gap. */
uint64_t rdb_cached_prefix(struct rdb_cached *cached);
bool rdb_cached_is_whole(struct rdb_cached *cached);

/* Returns whether all blocks that contain bytes of the range are present. */
bool rdb_cached_has(struct rdb_cached *cached, uint64_t off, uint64_t len);

/* As pread() and pwrite(), but for all bytes. Returns 0, or -EIO or -ENOSPC with a text. */
int rdb_cached_read(
	struct rdb_cached *cached, void *buf, size_t len, uint64_t off, struct rdb_err *err);
int rdb_cached_write(
	struct rdb_cached *cached, const void *buf, size_t len, uint64_t off, struct rdb_err *err);

/* Marks the blocks that lie completely within the range as present. Saves the list now and then. */
void rdb_cached_mark(struct rdb_cached *cached, uint64_t off, uint64_t len);

/* For reading alone. */
int rdb_cached_fd(const struct rdb_cached *cached);

/*
 * Discards the file's content for other openings. next: the version to be downloaded in its place;
 * NULL: the version no longer exists. The key can be opened anew. Bytes read before stay readable;
 * no bytes can be written.
 */
void rdb_cached_discard(struct rdb_cached *cached, const struct rdb_cached_version *next);

/* Removes other files until the limit allows that many more bytes. Returns false if it does not. */
bool rdb_cached_make_room(struct rdb_cached *cached, uint64_t bytes);

/* The path of the folder, for messages. */
const char *rdb_download_cache_dir(const struct rdb_download_cache *cache);

#endif
