/* Vector code of the document scanner, for whole blocks of 64 bytes. */
#ifndef RDB_JSON_BLOCK_SCAN_H
#define RDB_JSON_BLOCK_SCAN_H

#include "json/scan_state.h"

#define RDB_JSON_BLOCK 64

bool rdb_json_block_has(enum rdb_json_kernel kernel);

/* Scans whole blocks from data[at] on, and adds the boundaries of documents to *marks. Stops before
 * a block that is incomplete, contains the array's end or a bare value, or might overfill *marks.
 * Returns the offset of the first byte not scanned. data[at] is neither the text's first byte nor
 * inside a bare value. */
size_t rdb_json_block_scan(struct rdb_json_scan *scan, const char *data, size_t at, size_t len,
	struct rdb_json_marks *marks);

#endif
