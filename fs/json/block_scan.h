/* Vector code of the document scanner, for whole blocks of 64 bytes. */
#ifndef RDB_JSON_BLOCK_SCAN_H
#define RDB_JSON_BLOCK_SCAN_H

#include "json/scan_state.h"

#define RDB_JSON_BLOCK 64

bool rdb_json_block_has(enum rdb_json_kernel kernel);

/* Scans whole blocks from data[at] on, and adds the starts and ends of documents to *marks.
 * scan->mode must be RDB_JSON_ARRAY or RDB_JSON_STREAM, and scan->bare false. Returns the offset of
 * the first unscanned byte, where the code for single bytes continues. */
size_t rdb_json_block_scan(struct rdb_json_scan *scan, const char *data, size_t at, size_t len,
	struct rdb_json_marks *marks);

#endif
