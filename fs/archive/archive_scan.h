/*
 * The first scan of an archive, front to back: finds its members, counts documents, verifies
 * checksums, takes checkpoints. It runs in steps, so that it can stop, or continue on another
 * thread.
 *
 * Threads: one at a time runs it; any may read the progress.
 */
#ifndef RDB_ARCHIVE_ARCHIVE_SCAN_H
#define RDB_ARCHIVE_ARCHIVE_SCAN_H

#include "archive/stream.h"
#include "index/catalog.h"
#include "index/index.h"

#include <stdatomic.h>

struct rdb_scan;

struct rdb_scan_hooks {
	/* Called after each member that the catalogue has accepted. */
	void (*found)(void *arg);
	/* Called every few hundred KiB: true makes rdb_scan_run() return RDB_SCAN_PAUSED. */
	bool (*pause)(void *arg);
	void *arg;
};

enum rdb_scan_result { RDB_SCAN_ENDED, RDB_SCAN_PAUSED };

/* Creates a scan of the content into catalog and content->index, from the start or from resume.
 * Returns 0 or -ENOMEM. */
int rdb_scan_create(const struct rdb_content *content, struct rdb_catalog *catalog,
	const struct rdb_resume *resume, const struct rdb_scan_hooks *hooks, struct rdb_scan **out);
void rdb_scan_free(struct rdb_scan *scan);

/* Continues the scan. At its end outcome is set. */
enum rdb_scan_result rdb_scan_run(struct rdb_scan *scan, struct rdb_scan_outcome *outcome);

/* Bytes of the archive read so far. */
uint64_t rdb_scan_progress(struct rdb_scan *scan);

#endif
