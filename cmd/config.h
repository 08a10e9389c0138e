/*
 * The configuration file: a JSON object whose members are the options that may stand in it,
 * with a string, a number, true or false, or for lists an array of strings as value.
 *   {"source": "/srv/backups", "cache-size": "128M", "allow-other": true}
 */
#ifndef RDB_CMD_CONFIG_H
#define RDB_CMD_CONFIG_H

#include "base/err.h"
#include "cmd/settings.h"

#define RDB_CONFIG_MAX (1024 * 1024) /* bytes */

/*
 * $XDG_CONFIG_HOME/rdbfs/config.json, else ~/.config/rdbfs/config.json, else
 * /etc/rdbfs/config.json: the first that there is, alone. No file is no error.
 * 0; -EINVAL the file is wrong, with words; -EACCES, -EIO it can't be read; -ENOMEM.
 */
int rdb_config_load(struct rdb_settings *settings, struct rdb_err *err);

/* One file. -ENOENT where there is none; else as above. */
int rdb_config_load_file(const char *path, struct rdb_settings *settings, struct rdb_err *err);

/* The content of one; path is for messages. */
int rdb_config_parse(const char *text, size_t len, const char *path, struct rdb_settings *settings,
	struct rdb_err *err);

#endif
