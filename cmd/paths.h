/* Paths of files and folders. An XDG variable with an absolute path has effect for every user. If
 * the variable is not set, the folder is below the home directory, or in /var for root. Not
 * thread-safe. */
#ifndef RDB_CMD_PATHS_H
#define RDB_CMD_PATHS_H

#include "base/err.h"

#include <stdbool.h>

/* The following functions return a path, which the caller frees. They return NULL if memory is
 * exhausted, or if neither HOME nor the XDG variable is set. */
char *rdb_path_config(const char *file); /* $XDG_CONFIG_HOME/rdbfs/FILE */
char *rdb_path_indexes(void);            /* $XDG_CACHE_HOME/rdbfs, /var/cache/rdbfs */
/* Returns the default folder of backups, $XDG_DATA_HOME/rdbfs/backups. If XDG_DATA_HOME is not set,
 * the folder is /var/lib/rdbfs/backups for root, and ~/.local/share/rdbfs/backups for other users.
 * The caller frees the path. Returns NULL after an error, with the reason in *err. Logs a warning
 * if root uses the folder of XDG_DATA_HOME while /var/lib/rdbfs/backups has backups. */
char *rdb_path_backups(struct rdb_err *err);
/* Returns the folder $XDG_STATE_HOME/rdbfs, for data that must survive a clean-up of caches. For
 * root without this variable, the folder is /var/lib/rdbfs/state. Creates the folder if it is
 * missing. Returns NULL after an error, with the reason in *err. */
char *rdb_path_state(struct rdb_err *err);
char *rdb_path_restoring(const char *state); /* folder below "state" for the journal of restores */

/* Returns the absolute form of a path, or NULL if memory is exhausted. The caller frees the
 * returned string. */
char *rdb_path_absolute(const char *path);

/*
 * Stores in *out a copy of "source" if this is the address of a remote store. Otherwise stores
 * the absolute form of the path "source". The caller frees *out.
 * Returns:
 *   0        *out is set
 *   -EINVAL  "source" is an address with an unsupported scheme
 *   -ENOMEM  memory is exhausted
 */
int rdb_path_source(const char *source, char **out, struct rdb_err *err);

/* Returns whether the path is a folder, or a link to one. */
bool rdb_path_is_folder(const char *path);

/* Creates a folder and its missing parents. Only the owner can access the created folders. If the
 * folder already exists, succeeds and changes nothing. Returns 0, -ENOTDIR, -EACCES, -EROFS,
 * -ENOSPC, -EIO or -ENOMEM. */
int rdb_path_make(const char *path, struct rdb_err *err);

#endif
