/*
 * The first scan of an archive, from front to back. The scan finds members, counts documents,
 * verifies checksums, and creates checkpoints, positions at which decoding can later begin. The
 * scan runs in steps, so that it can pause and continue on another thread.
 *
 * Threads: one thread at a time runs the scan. Any thread may read the progress.
 */
#ifndef RDB_ARCHIVE_ARCHIVE_SCAN_H
#define RDB_ARCHIVE_ARCHIVE_SCAN_H

#include "archive/archive_content.h"
#include "index/catalog.h"
#include "index/index.h"

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

/* Creates a scan of an archive's content. The scan starts at the position *resume, which is the
 * beginning or the point where an earlier scan was interrupted. The scan adds its results to
 * catalog and content->index. Returns 0 or -ENOMEM. */
int rdb_scan_create(const struct rdb_content *content, struct rdb_catalog *catalog,
	const struct rdb_resume *resume, const struct rdb_scan_hooks *hooks, struct rdb_scan **out);
void rdb_scan_free(struct rdb_scan *scan);

/* Declares whether readers may wait until the scan has decoded the bytes that they need. If "leads"
 * is false, readers decode these bytes themselves. The caller may pass true only while the scan
 * runs at normal priority, because at idle priority the readers would wait too long. */
void rdb_scan_lead(struct rdb_scan *scan, bool leads);

/* Delays the scan by at most 100 ms if readers of its data are slow. The delay ends early if
 * hurry(arg) returns true. Returns how closely the readers follow the scan, or RDB_STREAM_ALONE if
 * no reader uses the scan's data. */
enum rdb_stream_pace rdb_scan_pace(struct rdb_scan *scan, bool (*hurry)(void *arg), void *arg);

/* Runs the scan until it ends or must pause. Returns RDB_SCAN_ENDED with the outcome in *outcome,
 * or RDB_SCAN_PAUSED. */
enum rdb_scan_result rdb_scan_run(struct rdb_scan *scan, struct rdb_scan_outcome *outcome);

/* Returns the number of bytes of the archive that the scan has read so far. */
uint64_t rdb_scan_progress(struct rdb_scan *scan);

#endif
