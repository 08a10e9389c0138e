/* Vector code of the document scanner, for whole blocks of 64 bytes. */
#ifndef RDB_JSON_BLOCK_SCAN_H
#define RDB_JSON_BLOCK_SCAN_H

#include "json/scan_state.h"

#define RDB_JSON_BLOCK 64

bool rdb_json_block_has(enum rdb_json_kernel kernel);

/* Scans whole blocks from data[at] on. data[at] must follow the text's first byte, and must not be
 * inside a bare value (document_scan.h). Stops before a block with the array's end, a bare value,
 * or too many marks. Returns the offset of the first byte that was not scanned. */
size_t rdb_json_block_scan(struct rdb_json_scan *scan, const char *data, size_t at, size_t len,
	struct rdb_json_marks *marks);

#endif
