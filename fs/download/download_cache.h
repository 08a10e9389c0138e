/*
 * Downloaded archives on disk, complete or in part, in a private folder of limited size. A list of
 * the blocks that a file has is beside it. The least recently used file that no process has open is
 * removed first.
 *
 * Threads: any. Calls wait for the disk. Only one process at a time has a file open.
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

/* Version of the archive that a cached file contains. "etag" and "digest" are empty if the host
 * does not report a usable value. */
struct rdb_cached_version {
	uint64_t size;
	char etag[RDB_CACHED_TEXT];
	char digest[RDB_CACHED_TEXT]; /* checksum, as in download_digest.h */
	bool ranges;                  /* the host supports ranges */
	unsigned attempt;             /* number of downloads with a wrong checksum */
};

/* Opens a cache of at most "limit" bytes in the folder dir. If dir is missing, creates dir with
 * access for its owner alone. The parent of dir must exist. Fails with -EACCES if another user owns
 * dir or can write to dir. */
int rdb_download_cache_create(
	const char *dir, uint64_t limit, struct rdb_download_cache **out, struct rdb_err *err);
void rdb_download_cache_free(struct rdb_download_cache *cache);

/* Stores in *out the version of the archive that is cached under the key. Returns false if no
 * archive is cached under the key. Reads only a small file. */
bool rdb_download_cache_peek(
	struct rdb_download_cache *cache, const char *key, struct rdb_cached_version *out);

#define RDB_CACHED_KEY 32 /* number of hexadecimal digits in a key */

/* Opens or creates the cached file of an archive. "key" has RDB_CACHED_KEY hexadecimal digits.
 * Returns 0, -EBUSY if the file is already open in this or another process, -ENOMEM, or an error
 * such as -EMFILE, -ENFILE, -ENOSPC or -EIO. */
int rdb_cached_open(struct rdb_download_cache *cache, const char *key, struct rdb_cached **out,
	struct rdb_err *err);

/* Creates a temporary file without a name. Returns 0, or an error of rdb_cached_open(). */
int rdb_cached_open_private(
	struct rdb_download_cache *cache, struct rdb_cached **out, struct rdb_err *err);

/* Saves the list of the blocks that are present, and closes the cached file. cached may be NULL. */
void rdb_cached_close(struct rdb_cached *cached);

/* Stores in *out the archive version to which the bytes of the cached file belong. Returns false if
 * the cached file is new and has no version yet. */
bool rdb_cached_version(struct rdb_cached *cached, struct rdb_cached_version *out);

/* Empties the cached file for a new download. The parameter "version" describes the version of the
 * archive to be downloaded. Returns 0, -ENOMEM, -EIO or -ENOSPC. */
int rdb_cached_begin(
	struct rdb_cached *cached, const struct rdb_cached_version *version, struct rdb_err *err);

/* Reserves disk space for the whole archive. If necessary, removes the files of other archives,
 * but no file that a process has open. Returns 0, or -ENOSPC if the disk or the cache has too
 * little room. */
int rdb_cached_reserve(struct rdb_cached *cached, struct rdb_err *err);

/* Returns the number of bytes of the archive that are present from the start without a gap. */
uint64_t rdb_cached_prefix(struct rdb_cached *cached);
bool rdb_cached_is_whole(struct rdb_cached *cached);

/* Returns true if all "len" bytes at the offset "off" of the archive are present in the cached
 * file. */
bool rdb_cached_has(struct rdb_cached *cached, uint64_t off, uint64_t len);

/* Both functions transfer all len bytes at the offset off of the cached file. They return 0 or
 * -EIO. rdb_cached_write() also returns -ENOSPC if the disk has too little room. */
int rdb_cached_read(
	struct rdb_cached *cached, void *buf, size_t len, uint64_t off, struct rdb_err *err);
int rdb_cached_write(
	struct rdb_cached *cached, const void *buf, size_t len, uint64_t off, struct rdb_err *err);

/* Marks as present the blocks that lie completely in the range. From time to time, also saves the
 * list of blocks. */
void rdb_cached_mark(struct rdb_cached *cached, uint64_t off, uint64_t len);

/* Returns the descriptor of the cached file. The caller may use the descriptor only for reading,
 * and only until rdb_cached_close(). */
int rdb_cached_fd(const struct rdb_cached *cached);

/* Unlinks the cached file of an archive that was replaced, or whose cached bytes are damaged.
 * Readers that have the file open can continue. If "next" is not NULL, creates an empty cached file
 * for the version *next. */
void rdb_cached_discard(struct rdb_cached *cached, const struct rdb_cached_version *next);

/* Removes cached files of other archives until "bytes" more bytes fit into the cache's limit. Keeps
 * files that a process has open. Returns false if the bytes still do not fit. */
bool rdb_cached_make_room(struct rdb_cached *cached, uint64_t bytes);

#endif
