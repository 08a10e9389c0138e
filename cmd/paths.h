/* Where things are kept: XDG's folders for users, /var for root. Not thread-safe. */
#ifndef RDB_CMD_PATHS_H
#define RDB_CMD_PATHS_H

#include "base/err.h"

/* Each: the caller frees; NULL when out of memory, or when there is neither HOME nor XDG's. */
char *rdb_path_config(const char *file); /* $XDG_CONFIG_HOME/rdbfs/FILE */
char *rdb_path_backups(void);            /* $XDG_DATA_HOME/rdbfs/backups, /var/lib/rdbfs/backups */
char *rdb_path_indexes(void);            /* $XDG_CACHE_HOME/rdbfs, /var/cache/rdbfs */
/* What must outlive a clean-up of caches: $XDG_STATE_HOME/rdbfs, /var/lib/rdbfs/state. Made if it
 * is missing; NULL also when it can't be. */
char *rdb_path_state(struct rdb_err *err);
char *rdb_path_restoring(const char *state); /* the folder there of staging tables' records */

/* As it is named from everywhere, since the program leaves its directory. The caller frees; NULL
 * when out of memory. */
char *rdb_path_absolute(const char *path);

/* Makes a folder and those above it, each for the owner alone. 0 also where it is there already;
 * -ENOTDIR, -EACCES, -EROFS, -ENOSPC, -EIO, with words. */
int rdb_path_make(const char *path, struct rdb_err *err);

#endif
