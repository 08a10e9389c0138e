/* Vector code of the document scanner, for whole blocks of 64 bytes. */
#ifndef RDB_JSON_BLOCK_SCAN_H
#define RDB_JSON_BLOCK_SCAN_H

#include "json/scan_state.h"

#define RDB_JSON_BLOCK 64

bool rdb_json_block_has(enum rdb_json_kernel kernel);

/* Scans whole blocks from data[at] on. scan->mode must be RDB_JSON_ARRAY or RDB_JSON_STREAM, and
 * scan->bare must be false. Stops before a block that contains the end of the array of documents,
 * or a document without brackets (such as a number). Also stops before a block if *marks may not
 * have room for the begins and ends of all documents in this block. Returns the offset of the first
 * byte that was not scanned. */
size_t rdb_json_block_scan(struct rdb_json_scan *scan, const char *data, size_t at, size_t len,
	struct rdb_json_marks *marks);

#endif
