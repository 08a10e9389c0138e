/*
 * Archives of a hosting service as sources of bytes. Nothing is asked for before an archive is
 * opened. Then the service names a link, which is asked for again when it has expired.
 *
 * Where the link's host answers ranges, what is read is fetched, as an object of a bucket is
 * (object_source.h), and kept in the download cache. Else one transfer fills a file of the cache
 * from front to back, and reads wait until it has passed them; all sources of an archive share it.
 * Length and checksum are verified before the last bytes are served.
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
	const char *dir; /* of the download cache; NULL: TMPDIR, else /var/tmp, and nothing stays */
	uint64_t limit;  /* bytes of the cache; 0: 10 GiB */
	/* Called, on any thread and without a lock, when an archive turned out to be another one,
	 * or its checksum wrong: sources that are open fail from now on, and what was read from
	 * them is not to be mixed with what the next opening reads. */
	void (*replaced)(void *arg, const char *id);
	void *arg;
};

/* Holds references to service and memory. One reference, and each source holds one. A folder that
 * cannot be used is logged and done without. 0 or -ENOMEM. */
int rdb_downloads_create(const struct rdb_downloads_options *options, struct rdb_downloads **out,
	struct rdb_err *err);
void rdb_downloads_unref(struct rdb_downloads *downloads);

/* Ends transfers and reads under way, and those to come. */
void rdb_downloads_cancel(struct rdb_downloads *downloads);

/* The size that an archive was seen to have, also by an earlier process; 0: not known. Reads a
 * small file. *version: of the source's identity, 0 when the size is. */
uint64_t rdb_downloads_size(struct rdb_downloads *downloads, const char *id, uint64_t *version);

/*
 * Opens an archive. Sends no request where the cache knows its version; else asks for the link and
 * for the archive's first bytes.
 *   -ENOENT   the service has the backup no longer, or offers no download
 *   -ENOSPC   the cache has no room for it, and its host answers no ranges
 *   -EIO      the host does not say how large it is; what is sent is not the archive
 *   -EINTR    cancelled
 *   errors of rdb_service_backup() and of http.h; -ENOMEM
 */
int rdb_downloads_open(struct rdb_downloads *downloads, const struct rdb_service_backup *backup,
	struct rdb_source **out, struct rdb_err *err);

#endif
