/*
 * The content that a scan decodes in chunks. The checkpoints and marks found on the way are added
 * to the index. Used by the scan's thread.
 */
#ifndef RDB_ARCHIVE_SCAN_CHUNK_H
#define RDB_ARCHIVE_SCAN_CHUNK_H

#include "archive/archive_scan.h"

#include <sys/types.h>

/* Returns the offset in the content up to which the scan has decoded. */
uint64_t rdb_scan_offset(const struct rdb_scan *scan);

/* Returns the offset in the content up to which libarchive has parsed. */
uint64_t rdb_scan_tar_offset(const struct rdb_scan *scan);

/* Returns the offset behind the current member and its padding, where the next member begins. */
uint64_t rdb_scan_behind_member(const struct rdb_scan *scan);

/* Moves the decoder to a checkpoint. Returns 0 or a negative errno. After an error the decoder's
 * position is undefined. */
int rdb_scan_enter(struct rdb_scan *scan, const struct rdb_checkpoint *checkpoint);

/* Decodes the next chunk. Adds a checkpoint before the chunk if one is due. Returns the bytes of
 * the chunk, 0 at the end of the content, or an error of the decoder, which is also stored in
 * scan->error. */
ssize_t rdb_scan_next_chunk(struct rdb_scan *scan);

/* Starts to share the chunks with readers that follow the scan. Shares nothing if readers need no
 * scan to find every byte of the archive. */
void rdb_scan_share(struct rdb_scan *scan);

/* Stops sharing, so that the scan may write to scan->chunk. */
void rdb_scan_unshare(struct rdb_scan *scan);

/* Stops sharing at the end of the content. The scan hands the decoder and the last chunks over to
 * the stream, which readers continue to use. */
void rdb_scan_bequeath(struct rdb_scan *scan);

/* Adds a mark with the CRC at the end of the current member, if the end is in the chunk. With this
 * mark a later reader can detect damage before it has received the whole member. */
void rdb_scan_mark(struct rdb_scan *scan);

#endif
