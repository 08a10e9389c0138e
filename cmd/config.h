/*
 * Configuration file: a JSON object whose members are the options allowed in it. Each value is a
 * string, a number, true or false, or for lists an array of strings.
 *   {"source": "/srv/backups", "cache-size": "128M", "allow-other": true}
 */
#ifndef RDB_CMD_CONFIG_H
#define RDB_CMD_CONFIG_H

#include "base/err.h"
#include "cmd/settings.h"

#define RDB_CONFIG_MAX (1024 * 1024) /* bytes */

/*
 * Loads the first existing file of $XDG_CONFIG_HOME/rdbfs/config.json, else
 * ~/.config/rdbfs/config.json, else /etc/rdbfs/config.json; only this one. A missing file is no
 * error. Returns 0; -EINVAL with a message if the file is not valid; -EACCES, -EIO if it is
 * unreadable; -ENOMEM.
 */
int rdb_config_load(struct rdb_settings *settings, struct rdb_err *err);

/* Loads one file. Errors as rdb_config_load(), and -ENOENT if it does not exist. */
int rdb_config_load_file(const char *path, struct rdb_settings *settings, struct rdb_err *err);

/* Parses the content of a configuration file; path is for messages. */
int rdb_config_parse(const char *text, size_t len, const char *path, struct rdb_settings *settings,
	struct rdb_err *err);

#endif
