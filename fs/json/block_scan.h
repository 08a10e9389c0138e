/* Vector code of the document scanner, for whole blocks of 64 bytes. */
#ifndef RDB_JSON_BLOCK_SCAN_H
#define RDB_JSON_BLOCK_SCAN_H

#include "json/scan_state.h"

#define RDB_JSON_BLOCK 64

bool rdb_json_block_has(enum rdb_json_kernel kernel);

/*
 * Scans whole blocks from data[at], and adds the offsets where documents begin and end to *marks.
 * Stops before a bare value (document_scan.h) or the array's end, or if *marks is full. Must start
 * inside the documents, and not in a bare value. Returns the first unscanned offset.
 */
size_t rdb_json_block_scan(struct rdb_json_scan *scan, const char *data, size_t at, size_t len,
	struct rdb_json_marks *marks);

#endif
