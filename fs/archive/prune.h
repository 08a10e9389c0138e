/* Keeps the folder of indexes from growing for ever. */
#ifndef RDB_ARCHIVE_PRUNE_H
#define RDB_ARCHIVE_PRUNE_H

#include <stdint.h>
#include <time.h>

#define RDB_PRUNE_SECONDS (90 * 24 * 3600)  /* unused for so long: removed */
#define RDB_PRUNE_BYTES ((uint64_t)4 << 30) /* of all indexes; more: the longest unused go */

/*
 * Removes indexes by their mtime, which every opening sets. Only regular files of this user
 * whose names are those of indexes. One that somebody has open stays good for him.
 */
void rdb_prune(int dirfd, time_t now, uint64_t max_bytes);

#endif
