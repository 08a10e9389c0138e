/* Paths of files and folders: XDG's folders for users, /var for root. Not thread-safe. */
#ifndef RDB_CMD_PATHS_H
#define RDB_CMD_PATHS_H

#include "base/err.h"

/* Each function returns a path that the caller frees; NULL when out of memory, or when neither HOME
 * nor XDG's variable is set. */
char *rdb_path_config(const char *file); /* $XDG_CONFIG_HOME/rdbfs/FILE */
char *rdb_path_backups(void);            /* $XDG_DATA_HOME/rdbfs/backups, /var/lib/rdbfs/backups */
char *rdb_path_indexes(void);            /* $XDG_CACHE_HOME/rdbfs, /var/cache/rdbfs */
/* Returns the folder for data that must survive a clean-up of caches: $XDG_STATE_HOME/rdbfs,
 * /var/lib/rdbfs/state. Creates it if missing; returns NULL also if that fails. */
char *rdb_path_state(struct rdb_err *err);
char *rdb_path_restoring(const char *state); /* folder of restore records below state */

/* Absolute form of a path, since the program changes its directory. The caller frees it; NULL when
 * out of memory. */
char *rdb_path_absolute(const char *path);

/* Creates a folder and its parents, accessible only to the owner. Returns 0 also if it exists;
 * -ENOTDIR, -EACCES, -EROFS, -ENOSPC or -EIO, with a message. */
int rdb_path_make(const char *path, struct rdb_err *err);

#endif
