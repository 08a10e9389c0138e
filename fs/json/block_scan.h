/* Vector code of the document scanner, for whole blocks of 64 bytes. */
#ifndef RDB_JSON_BLOCK_SCAN_H
#define RDB_JSON_BLOCK_SCAN_H

#include "json/scan_state.h"

#define RDB_JSON_BLOCK 64

bool rdb_json_block_has(enum rdb_json_kernel kernel);

/*
 * Scans whole blocks of data, beginning with the byte data[at], and adds the offsets where
 * documents begin and end to *marks, while *marks has room for another block. The scan must be
 * inside the array or the stream of documents, and not inside a bare value. Stops before the end of
 * the array and before bare values. Returns the offset of the first byte that was not scanned.
 */
size_t rdb_json_block_scan(struct rdb_json_scan *scan, const char *data, size_t at, size_t len,
	struct rdb_json_marks *marks);

#endif
