/* Limits the size of the folder of indexes. */
#ifndef RDB_INDEX_PRUNE_H
#define RDB_INDEX_PRUNE_H

#include <stdint.h>
#include <time.h>

#define RDB_PRUNE_SECONDS (90 * 24 * 3600)  /* indexes unused for longer are removed */
#define RDB_PRUNE_BYTES ((uint64_t)4 << 30) /* bytes; beyond it the oldest are removed */

/*
 * Removes the least recently used indexes; every opening sets the mtime. Touches only regular files
 * of this user with names of indexes. A process that has a removed index open can continue to use
 * it.
 */
void rdb_prune(int dirfd, time_t now, uint64_t max_bytes);

#endif
