/* Vector code of the document scanner, for whole blocks of 64 bytes. */
#ifndef RDB_JSON_BLOCK_SCAN_H
#define RDB_JSON_BLOCK_SCAN_H

#include "json/scan_state.h"

#define RDB_JSON_BLOCK 64

bool rdb_json_block_has(enum rdb_json_kernel kernel);

/*
 * Scans the text from data[at] in blocks of RDB_JSON_BLOCK bytes, as long as a whole block is left,
 * and adds the offsets where documents begin and end to *marks. data[at] must be after the start of
 * the array or stream, and not in a bare value (document_scan.h). Stops before a block with a bare
 * value or the array's end, or if *marks may have too little room for the block. Returns the first
 * unscanned offset.
 */
size_t rdb_json_block_scan(struct rdb_json_scan *scan, const char *data, size_t at, size_t len,
	struct rdb_json_marks *marks);

#endif
