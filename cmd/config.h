/*
 * The configuration file. The file is a JSON object whose members are options. A value is a
 * string, a number, true or false. The value of a list is an array of strings. Example:
 *
 *   {"source": "/srv/backups", "cache-size": "128M", "allow-other": true}
 */
#ifndef RDB_CMD_CONFIG_H
#define RDB_CMD_CONFIG_H

#include "base/err.h"
#include "cmd/settings.h"

/* Loads $XDG_CONFIG_HOME/rdbfs/config.json, else /etc/rdbfs/config.json, else nothing. Returns 0,
 * -ENOMEM, -EINVAL for invalid content, or -EACCES or -EIO for an unreadable file. */
int rdb_config_load(struct rdb_settings *settings, struct rdb_err *err);

/* Loads one file. Returns 0, -ENOENT if the file does not exist, or another error of
 * rdb_config_load(). */
int rdb_config_load_file(const char *path, struct rdb_settings *settings, struct rdb_err *err);

/* Parses the text of a configuration file, and stores its options in *settings. path is the file's
 * name for messages. */
int rdb_config_parse(const char *text, size_t len, const char *path, struct rdb_settings *settings,
	struct rdb_err *err);

#endif
