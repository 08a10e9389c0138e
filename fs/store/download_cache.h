/*
 * Downloaded archives on disk, whole or in part, in a private folder of bounded size. Which blocks
 * of a file are there is kept beside it, so that the next process reads them without a request.
 *
 * What was used least recently is removed first; what a process has open stays. A file is open in
 * one process at a time.
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

/* Which version of an archive a file holds; its texts are "" where the host does not say. */
struct rdb_cached_version {
	uint64_t size;
	char etag[RDB_CACHED_TEXT];
	char digest[RDB_CACHED_TEXT]; /* see download_digest.h */
	bool ranges;                  /* the host answered a range */
	unsigned attempt;             /* counts downloads whose checksum was wrong */
};

/*
 * dir is made where it is missing, for the owner alone. limit: bytes.
 *   -EACCES  dir belongs to another user, or others may write to it
 *   -ENOTDIR -EROFS -ENOSPC -ENOMEM -EIO …
 */
int rdb_download_cache_create(
	const char *dir, uint64_t limit, struct rdb_download_cache **out, struct rdb_err *err);
void rdb_download_cache_free(struct rdb_download_cache *cache);

/* The version that the cache has of a key; reads one small file. False: none. */
bool rdb_download_cache_peek(
	struct rdb_download_cache *cache, const char *key, struct rdb_cached_version *out);

/*
 * Opens the file of a key: RDB_CACHED_KEY hexadecimal digits.
 *   -EBUSY   another process has it open
 *   -ENOMEM -EMFILE -ENOSPC -EIO …
 */
#define RDB_CACHED_KEY 32
int rdb_cached_open(struct rdb_download_cache *cache, const char *key, struct rdb_cached **out,
	struct rdb_err *err);

/* A file of the folder without a name, for one process alone. Errors as above. */
int rdb_cached_open_private(
	struct rdb_download_cache *cache, struct rdb_cached **out, struct rdb_err *err);

/* Saves which blocks are there, and closes. NULL is fine. */
void rdb_cached_close(struct rdb_cached *cached);

/* False: the file is new, and holds no version yet. */
bool rdb_cached_version(struct rdb_cached *cached, struct rdb_cached_version *out);

/* Empties the file, for another version. 0 or -ENOMEM -EIO -ENOSPC. */
int rdb_cached_begin(
	struct rdb_cached *cached, const struct rdb_cached_version *version, struct rdb_err *err);

/*
 * Takes the room for the whole archive, removing others.
 *   -ENOSPC  the disk is full, or the archive is larger than the cache may be
 */
int rdb_cached_reserve(struct rdb_cached *cached, struct rdb_err *err);

/* Bytes from the start on that are there without a gap. */
uint64_t rdb_cached_prefix(struct rdb_cached *cached);
bool rdb_cached_is_whole(struct rdb_cached *cached);

/* Whether all bytes of the range are there, in whole blocks. */
bool rdb_cached_has(struct rdb_cached *cached, uint64_t off, uint64_t len);

/* pread() and pwrite() of all bytes. 0, -EIO, -ENOSPC with words. */
int rdb_cached_read(
	struct rdb_cached *cached, void *buf, size_t len, uint64_t off, struct rdb_err *err);
int rdb_cached_write(
	struct rdb_cached *cached, const void *buf, size_t len, uint64_t off, struct rdb_err *err);

/* Blocks that lie wholly within the range are there from now on. Saves now and then. */
void rdb_cached_mark(struct rdb_cached *cached, uint64_t off, uint64_t len);

/* For reading alone. */
int rdb_cached_fd(const struct rdb_cached *cached);

/*
 * Forgets what is there, for a version that is no longer to be had (next NULL) or that is to be
 * downloaded again (next), and lets the key be opened anew. Bytes that were read before can be read
 * on; nothing can be written.
 */
void rdb_cached_discard(struct rdb_cached *cached, const struct rdb_cached_version *next);

/* Removes other files until so many more bytes fit. False: they do not. */
bool rdb_cached_make_room(struct rdb_cached *cached, uint64_t bytes);

/* The path of the folder, for messages. */
const char *rdb_download_cache_dir(const struct rdb_download_cache *cache);

#endif
