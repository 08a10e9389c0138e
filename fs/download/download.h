/*
 * Archives of a hosting service as sources of bytes. Opening an archive requests a link to it; an
 * expired link is requested again. Ranges of bytes are fetched as for an object (object_source.h),
 * and kept in the download cache. If the link's host has no ranges, one transfer writes the whole
 * archive to the cache, and its length and checksum are verified before its last bytes are read.
 *
 * Threads: any.
 */
#ifndef RDB_DOWNLOAD_DOWNLOAD_H
#define RDB_DOWNLOAD_DOWNLOAD_H

#include "download/download_cache.h"
#include "download/object_source.h"
#include "io/source.h"
#include "service/api.h"

struct rdb_downloads;

struct rdb_downloads_options {
	struct rdb_service *service;
	struct rdb_object_cache *memory;
	const char *dir; /* folder of the cache; NULL to keep no files */
	uint64_t limit;  /* bytes of the cache; 0 means 10 GiB */
	/* Called by any thread, without a lock, when the archive was replaced or a download had
	 * a wrong checksum. Later openings download the archive again. */
	void (*replaced)(void *arg, const char *id);
	void *arg;
};

/* Creates the object that manages the downloads of a store's archives. The caller owns the only
 * reference. If the cache's folder cannot be used, logs a warning, and stores no files on the disk.
 * Returns 0 or -ENOMEM. */
int rdb_downloads_create(const struct rdb_downloads_options *options, struct rdb_downloads **out,
	struct rdb_err *err);
void rdb_downloads_unref(struct rdb_downloads *downloads);

/* Cancels all transfers and all reads, including those that start later. */
void rdb_downloads_cancel(struct rdb_downloads *downloads);

/* Returns an archive's size in bytes, as last recorded in the cache. Stores the archive's recorded
 * version (see struct rdb_identity) in *version. If the cache has no record of the archive, returns
 * 0 and sets *version to 0. May wait for the disk. */
uint64_t rdb_downloads_size(struct rdb_downloads *downloads, const char *id, uint64_t *version);

/*
 * Opens an archive for reading. If the archive is not cached, waits for the service and for the
 * host (the server from which the archive is downloaded).
 * Returns:
 *   0         success
 *   -ENOMEM, -EMFILE, -ENFILE
 *             memory or file descriptors are exhausted
 *   -ENOENT   the service does not offer the backup
 *   -ENOSPC   the cache has no room, and the host does not support ranges
 *   -EIO      the host reports no size, or sends no archive
 *   -EINTR    the call was cancelled
 *   another   an error of rdb_service_backup() or http.h
 */
int rdb_downloads_open(struct rdb_downloads *downloads, const struct rdb_service_backup *backup,
	struct rdb_source **out, struct rdb_err *err);

#endif
