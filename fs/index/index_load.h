/*
 * Reads the file of an index. The records are not trusted even if their CRCs are right, so each
 * record is compared with the records before it. Not thread-safe.
 */
#ifndef RDB_INDEX_INDEX_LOAD_H
#define RDB_INDEX_INDEX_LOAD_H

#include "index/catalog.h"
#include "index/content_map.h"
#include "index/scan_outcome.h"

/* The objects to which rdb_index_load() adds the content of an index file. The caller owns the
 * objects. */
struct rdb_index_load {
	struct rdb_content_map *map;
	struct rdb_catalog *catalog;
	struct rdb_resume *resume;
	struct rdb_scan_outcome *outcome;
	bool *embedded; /* set to true if the archive itself contains its catalogue */
};

/*
 * Reads the records of an index file into the objects of *into. The caller has checked the file's
 * header. If the scan that wrote the file did not reach the archive's end, reads only up to the
 * last record at which the scan can be resumed. Stores in *size the length of the file up to the
 * end of the last record read. Returns 0, -ENOMEM, or -EINVAL if the file contradicts itself. After
 * an error, some records may already be in the objects of *into.
 */
int rdb_index_load(int fd, const struct rdb_index_load *into, uint64_t *size);

#endif
