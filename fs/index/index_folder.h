/* The folder of indexes, one file an archive or table. Thread-safe. */
#ifndef RDB_INDEX_INDEX_FOLDER_H
#define RDB_INDEX_INDEX_FOLDER_H

#include "base/err.h"

#include <stdint.h>
#include <time.h>

#define RDB_PRUNE_SECONDS (90 * 24 * 3600)  /* indexes unused for longer are removed */
#define RDB_PRUNE_BYTES ((uint64_t)4 << 30) /* bytes; beyond it the oldest are removed */

/*
 * Opens a folder for indexes; creates it if missing (0700). Rejects a folder that belongs to
 * another user or that others may write to.
 *   -EACCES -ENOTDIR -EROFS -ENOSPC and others of mkdir and open
 */
int rdb_index_folder(const char *path, int *dirfd, struct rdb_err *err);

/*
 * Removes the least recently used indexes; every opening sets the mtime. Touches only regular files
 * of this user with names of indexes. A process that has a removed index open can continue to use
 * it.
 */
void rdb_prune(int dirfd, time_t now, uint64_t max_bytes);

#endif
