/* Vector code of the document scanner, for whole blocks of 64 bytes. */
#ifndef RDB_JSON_BLOCK_SCAN_H
#define RDB_JSON_BLOCK_SCAN_H

#include "json/scan_state.h"

#define RDB_JSON_BLOCK 64

bool rdb_json_block_has(enum rdb_json_kernel kernel);

/*
 * Scans whole blocks of data, beginning with the byte data[at]. Adds the offsets where documents
 * begin and end to *marks, and stops when *marks has no room for another block. The caller calls
 * this function only when the scan is inside the array or the stream of documents, and not inside a
 * bare value (a number, a word or a string in place of a document). Stops before the end of the
 * array and before bare values. Returns the offset of the first byte that was not scanned.
 */
size_t rdb_json_block_scan(struct rdb_json_scan *scan, const char *data, size_t at, size_t len,
	struct rdb_json_marks *marks);

#endif
