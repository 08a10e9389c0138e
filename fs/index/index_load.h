/*
 * Reads the file of an index back. Its records are not trusted beyond their CRCs: each is compared
 * with those before it. One thread at a time.
 */
#ifndef RDB_INDEX_INDEX_LOAD_H
#define RDB_INDEX_INDEX_LOAD_H

#include "index/catalog.h"
#include "index/content_map.h"
#include "index/scan_outcome.h"

/* Where to add the content of the file. None of it is owned. */
struct rdb_index_load {
	struct rdb_content_map *map;
	struct rdb_catalog *catalog;
	struct rdb_resume *resume;
	struct rdb_scan_outcome *outcome;
	bool *embedded; /* set if the archive has its own catalogue and checkpoints */
};

/*
 * Reads the records of a file whose header fits, up to the last one from which the scan can be
 * resumed, or to the end of a complete scan. *size: bytes up to there.
 *   -EINVAL  the file contradicts itself; a fraction of it was added
 *   -ENOMEM
 */
int rdb_index_load(int fd, const struct rdb_index_load *into, uint64_t *size);

#endif
