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
	/* Called when a download of the archive with this id has become useless, because the server
	 * has replaced the archive, or because the checksum of the downloaded archive was wrong.
	 * All sources that are opened after this call read a new download, whatever the callback
	 * does. Called by any thread, without a lock. */
	void (*replaced)(void *arg, const char *id);
	void *arg;
};

/* Creates the object that manages the downloads of a store's archives. The caller owns the object's
 * only reference. If the folder of the download cache cannot be used, logs a warning, and creates
 * an object that stores no files on the disk. Returns 0 or -ENOMEM. */
int rdb_downloads_create(const struct rdb_downloads_options *options, struct rdb_downloads **out,
	struct rdb_err *err);
void rdb_downloads_unref(struct rdb_downloads *downloads);

/* Cancels all transfers and all reads, including those that start later. */
void rdb_downloads_cancel(struct rdb_downloads *downloads);

/* Returns the last known size of an archive in bytes. Stores the archive's last known version in
 * *version, for the field "version" of struct rdb_identity. Both are 0 if unknown. Reads a small
 * file of the cache, so the call may wait for a disk. */
uint64_t rdb_downloads_size(struct rdb_downloads *downloads, const char *id, uint64_t *version);

/*
 * Opens an archive. If it is not cached, requests its link from the service, and its first bytes
 * from the host. Returns 0, -ENOMEM, -EMFILE, -ENFILE, an error of rdb_service_backup() or http.h,
 * or
 *   -ENOENT if the service does not offer the backup;
 *   -ENOSPC if the cache has no room, and the host does not support ranges;
 *   -EIO if the host reports no size, or sends no archive;
 *   -EINTR if the call was cancelled.
 */
int rdb_downloads_open(struct rdb_downloads *downloads, const struct rdb_service_backup *backup,
	struct rdb_source **out, struct rdb_err *err);

#endif
