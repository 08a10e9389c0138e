/* Vector code of the document scanner, for whole blocks of 64 bytes. */
#ifndef RDB_JSON_BLOCK_SCAN_H
#define RDB_JSON_BLOCK_SCAN_H

#include "json/scan_state.h"

#define RDB_JSON_BLOCK 64

bool rdb_json_block_has(enum rdb_json_kernel kernel);

/*
 * Scans the text from data[at] on in whole blocks of RDB_JSON_BLOCK bytes, and adds the offsets
 * where documents begin and end to *marks. Stops before the first block that is incomplete, that
 * contains the array's end or a bare value (a number, string or word in the place of a document),
 * or for which *marks may have too little room. Returns the offset of the first byte that was not
 * scanned. The caller must have scanned the first byte of the array or stream already, and data[at]
 * must not be inside a bare value.
 */
size_t rdb_json_block_scan(struct rdb_json_scan *scan, const char *data, size_t at, size_t len,
	struct rdb_json_marks *marks);

#endif
