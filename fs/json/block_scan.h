/* Vector code of the document scanner, for whole blocks of 64 bytes. */
#ifndef RDB_JSON_BLOCK_SCAN_H
#define RDB_JSON_BLOCK_SCAN_H

#include "json/scan_state.h"

#define RDB_JSON_BLOCK 64

bool rdb_json_block_has(enum rdb_json_kernel kernel);

/* Scans whole blocks from data[at] on, and adds the start and the end of each document to *marks.
 * scan->mode must be RDB_JSON_ARRAY or RDB_JSON_STREAM, and scan->bare must be false. Stops before
 * a block in which the array of documents ends, and before a block that contains a bare value (see
 * json/document_scan.h). If *marks has room for fewer than RDB_JSON_BLOCK marks, also stops before
 * a block with a document's start or end, because the block's marks may not fit. Returns the offset
 * of the first byte that was not scanned. */
size_t rdb_json_block_scan(struct rdb_json_scan *scan, const char *data, size_t at, size_t len,
	struct rdb_json_marks *marks);

#endif
