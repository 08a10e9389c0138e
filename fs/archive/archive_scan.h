/* The first scan of an archive, which finds members, counts documents, verifies checksums, and
 * records where decoding can begin. It runs in steps, on one thread at a time. Any thread may read
 * the progress. */
#ifndef RDB_ARCHIVE_ARCHIVE_SCAN_H
#define RDB_ARCHIVE_ARCHIVE_SCAN_H

#include "index/catalog.h"
#include "index/index.h"
#include "stream/archive_content.h"

#include <stdatomic.h>

struct rdb_scan;

struct rdb_scan_hooks {
	/* The scan calls this function whenever it has added a member to the catalogue. */
	void (*found)(void *arg);
	/* The scan calls this function every few hundred KiB. If the function returns true,
	 * rdb_scan_run() stops and returns RDB_SCAN_PAUSED. */
	bool (*pause)(void *arg);
	void *arg;
};

enum rdb_scan_result { RDB_SCAN_ENDED, RDB_SCAN_PAUSED };

/* Creates a scan that begins at *resume. The scan adds the archive's members to *catalog, and
 * records in content->index the offsets at which decoding can begin. Returns 0 or -ENOMEM. */
int rdb_scan_create(const struct rdb_content *content, struct rdb_catalog *catalog,
	const struct rdb_resume *resume, const struct rdb_scan_hooks *hooks, struct rdb_scan **out);
void rdb_scan_free(struct rdb_scan *scan);

/* Declares whether readers may wait for bytes that the scan will decode. "leads" must be false for
 * a scan at idle priority, because readers would wait too long for such a scan. */
void rdb_scan_lead(struct rdb_scan *scan, bool leads);

/* If readers of the scan's data are slow, delays the scan by at most 100 ms. Ends the delay if
 * hurry(arg) returns true. Returns how closely readers follow the scan. */
enum rdb_stream_pace rdb_scan_pace(struct rdb_scan *scan, bool (*hurry)(void *arg), void *arg);

/* Runs the scan until it ends or must pause. Returns RDB_SCAN_ENDED with the outcome in *outcome,
 * or RDB_SCAN_PAUSED. */
enum rdb_scan_result rdb_scan_run(struct rdb_scan *scan, struct rdb_scan_outcome *outcome);

/* Returns the number of bytes of the archive that the scan has read so far. */
uint64_t rdb_scan_progress(struct rdb_scan *scan);

#endif
