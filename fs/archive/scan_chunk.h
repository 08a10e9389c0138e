/*
 * The content that a scan decodes in chunks. The marks and checkpoints (positions at which decoding
 * can begin) that the scan finds are added to the index. Used by the scan's thread.
 */
#ifndef RDB_ARCHIVE_SCAN_CHUNK_H
#define RDB_ARCHIVE_SCAN_CHUNK_H

#include "archive/archive_scan.h"

#include <sys/types.h>

/* Returns the offset in the content up to which the scan has decoded. */
uint64_t rdb_scan_offset(const struct rdb_scan *scan);

/* Returns the offset in the content up to which libarchive has parsed. */
uint64_t rdb_scan_tar_offset(const struct rdb_scan *scan);

/* Returns the offset in the content at which the next member begins, after the current member and
 * its padding. */
uint64_t rdb_scan_behind_member(const struct rdb_scan *scan);

/* Moves the decoder to a checkpoint (a position where decoding can start). Returns 0 or a negative
 * errno. After an error the decoder's position is undefined. */
int rdb_scan_enter(struct rdb_scan *scan, const struct rdb_checkpoint *checkpoint);

/* Decodes the next chunk. If a checkpoint (a position at which decoding can begin) is due, first
 * adds the checkpoint to the index. Returns the number of bytes, 0 at the end of the content, or
 * the decoder's error, which is also stored in scan->error. */
ssize_t rdb_scan_next_chunk(struct rdb_scan *scan);

/* Starts to share the chunks (decoded pieces of the content) with readers that follow the scan.
 * Does nothing if memory is exhausted, if the archive is uncompressed, or if it has an embedded
 * index. */
void rdb_scan_share(struct rdb_scan *scan);

/* Stops the sharing of chunks with readers. Afterwards scan->chunk is the scan's own memory, which
 * the scan may overwrite. */
void rdb_scan_unshare(struct rdb_scan *scan);

/* Called when the scan has read the whole content. During the scan, readers can use the decoded
 * chunks through scan->stream. If this stream exists, moves the scan's decoder to the stream. From
 * then on, the stream is like every other stream of the cache: readers can still use its chunks,
 * and its decoder decodes other parts of the content for them. */
void rdb_scan_bequeath(struct rdb_scan *scan);

/* If the data of the current member ends in this chunk, stores in the index a CRC of the content up
 * to this end. With this CRC, later readers can detect damage. */
void rdb_scan_mark(struct rdb_scan *scan);

#endif
