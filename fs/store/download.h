/*
 * Archives of a hosting service as sources of bytes. No request is sent before an archive is
 * opened. Then the service names a link to it, which is requested again after it has expired.
 *
 * If the link's host answers ranges, bytes are fetched as they are read, as for an object of a
 * bucket (object_source.h), and kept in the download cache. Otherwise one transfer fills a file of
 * the cache from front to back, and reads wait until the transfer has passed them; all sources of
 * an archive share it. Length and checksum are verified before the last bytes are served.
 *
 * Threads: any.
 */
#ifndef RDB_STORE_DOWNLOAD_H
#define RDB_STORE_DOWNLOAD_H

#include "base/source.h"
#include "service/api.h"
#include "store/download_cache.h"
#include "store/object_source.h"

struct rdb_downloads;

struct rdb_downloads_options {
	struct rdb_service *service;
	struct rdb_object_cache *memory;
	const char *dir; /* folder of the cache; NULL: TMPDIR, else /var/tmp, and no file is kept */
	uint64_t limit;  /* bytes of the cache; 0: 10 GiB */
	/* Called on any thread, without a lock, when an archive was replaced by another one, or its
	 * checksum is wrong. Open sources fail from then on. Bytes read from them must not be mixed
	 * with bytes of the next opening. */
	void (*replaced)(void *arg, const char *id);
	void *arg;
};

/* Creates the downloads of a store. Holds references to service and memory. Returns one reference;
 * each source holds one too. An unusable folder is logged, and downloads are not kept. Returns 0 or
 * -ENOMEM. */
int rdb_downloads_create(const struct rdb_downloads_options *options, struct rdb_downloads **out,
	struct rdb_err *err);
void rdb_downloads_unref(struct rdb_downloads *downloads);

/* Ends current and future transfers and reads. */
void rdb_downloads_cancel(struct rdb_downloads *downloads);

/* Returns the size of an archive as last seen, also by an earlier process; 0: unknown. Reads a
 * small file. *version: as in the source's identity; 0 if the size is unknown. */
uint64_t rdb_downloads_size(struct rdb_downloads *downloads, const char *id, uint64_t *version);

/*
 * Opens an archive. Sends no request if the cache has a version of it; else requests the link and
 * the archive's first bytes.
 *   -ENOENT   the service no longer has the backup, or offers no download
 *   -ENOSPC   the cache has no room for the archive, and its host answers no ranges
 *   -EIO      the host does not report the size; the bytes sent are not the archive
 *   -EINTR    cancelled
 *   errors of rdb_service_backup() and of http.h; -ENOMEM
 */
int rdb_downloads_open(struct rdb_downloads *downloads, const struct rdb_service_backup *backup,
	struct rdb_source **out, struct rdb_err *err);

#endif
