/*
 * Archives of a hosting service as sources of bytes. Before an archive is opened, no request is
 * sent for it. On opening, the service returns a link to the archive. An expired link is requested
 * again.
 *
 * If the link's host supports ranges, the bytes that are read are fetched and kept in the download
 * cache, as for an object of a bucket (object_source.h). If the host does not support ranges, one
 * transfer writes the whole archive to a file of the cache, and reads wait until their bytes have
 * arrived. In both cases, all sources of an archive share the bytes. The length and the checksum
 * of a transfer are verified before its last bytes are served.
 *
 * Threads: any.
 */
#ifndef RDB_DOWNLOAD_DOWNLOAD_H
#define RDB_DOWNLOAD_DOWNLOAD_H

#include "base/source.h"
#include "download/download_cache.h"
#include "download/object_source.h"
#include "service/api.h"

struct rdb_downloads;

struct rdb_downloads_options {
	struct rdb_service *service;
	struct rdb_object_cache *memory;
	const char *dir; /* folder of the cache; NULL to keep no files */
	uint64_t limit;  /* bytes of the cache; 0 means 10 GiB */
	/* Called when the server that has the archive has replaced the archive, or when the
	 * archive's checksum is wrong. Sources of this archive that are already open may have read
	 * bytes of the old version; sources opened later read the new version. Bytes of the two
	 * versions must not be combined. Called by any thread, without a lock. */
	void (*replaced)(void *arg, const char *id);
	void *arg;
};

/* Creates the object that manages the downloads of a store's archives, and stores it in *out with
 * one reference. The object has references to the hosting service and to the memory cache. Each
 * open struct rdb_source has a reference to the object. If the folder for cached files cannot be
 * used, files are downloaded without being cached there. Returns 0 or -ENOMEM. */
int rdb_downloads_create(const struct rdb_downloads_options *options, struct rdb_downloads **out,
	struct rdb_err *err);
void rdb_downloads_unref(struct rdb_downloads *downloads);

/* Cancels all transfers and reads, also those that start later. */
void rdb_downloads_cancel(struct rdb_downloads *downloads);

/* Returns the size that an archive had when it was last examined, and stores its version (struct
 * rdb_identity) in *version. Both are 0 if unknown. Reads a small file, which another process may
 * have written. */
uint64_t rdb_downloads_size(struct rdb_downloads *downloads, const char *id, uint64_t *version);

/*
 * Opens an archive. If the cache does not have the archive, asks the service for the archive's
 * download link, and requests the first bytes from the host to which the link points. Returns 0,
 * -ENOMEM, -EMFILE, -ENFILE, an error of rdb_service_backup(), an error of http.h, or
 *   -ENOENT if the service no longer has the backup, or offers no download;
 *   -ENOSPC if the cache has no room, and the host does not support ranges;
 *   -EIO if the host reports no size, or sends no archive;
 *   -EINTR if the call was cancelled.
 */
int rdb_downloads_open(struct rdb_downloads *downloads, const struct rdb_service_backup *backup,
	struct rdb_source **out, struct rdb_err *err);

#endif
