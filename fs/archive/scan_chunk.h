/*
 * The content that a scan decodes, chunk by chunk, with the checkpoints and marks that it leaves in
 * the index on the way. Used by the scan's thread.
 */
#ifndef RDB_ARCHIVE_SCAN_CHUNK_H
#define RDB_ARCHIVE_SCAN_CHUNK_H

#include "archive/archive_scan.h"

#include <sys/types.h>

/* Offset in the content up to which it is decoded. */
uint64_t rdb_scan_offset(const struct rdb_scan *scan);

/* Offset in the content up to which libarchive has parsed it. */
uint64_t rdb_scan_tar_offset(const struct rdb_scan *scan);

/* Moves the decoder to a checkpoint. Returns 0 or a negative errno: its position is undefined. */
int rdb_scan_enter(struct rdb_scan *scan, const struct rdb_checkpoint *checkpoint);

/* Decodes the next chunk, after a checkpoint if one is due. Returns its bytes, 0 at the end of the
 * content, or an error of decoder.h, which is kept in scan->error. */
ssize_t rdb_scan_next_chunk(struct rdb_scan *scan);

/* Records the CRC at the current member's end if the end is within the chunk, so that damage found
 * later is noticed before a reader has received all of the member. */
void rdb_scan_mark(struct rdb_scan *scan);

#endif
