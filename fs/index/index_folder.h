/* The folder of indexes, with one file for each archive or table. All functions are thread-safe. */
#ifndef RDB_INDEX_INDEX_FOLDER_H
#define RDB_INDEX_INDEX_FOLDER_H

#include "base/err.h"

#include <stdint.h>
#include <time.h>

#define RDB_PRUNE_SECONDS (90 * 24 * 3600)  /* an index unused for longer is removed */
#define RDB_PRUNE_BYTES ((uint64_t)4 << 30) /* bytes that all indexes may use */

/* Opens the folder of indexes, or creates it. Returns 0, -EACCES if others own it or may write to
 * it, or an error of mkdir() or open(). */
int rdb_index_folder(const char *path, int *dirfd, struct rdb_err *err);

/* Removes indexes that were not used for RDB_PRUNE_SECONDS. If the other indexes have more than
 * max_bytes bytes in total, also removes the least recently used ones until the rest fits. Open
 * indexes stay usable. */
void rdb_prune(int dirfd, time_t now, uint64_t max_bytes);

#endif
