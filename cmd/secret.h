/* The password, from the place that the user chose; warns where others can read it. */
#ifndef RDB_CMD_SECRET_H
#define RDB_CMD_SECRET_H

#include "base/err.h"
#include "cluster/cluster.h"
#include "cmd/settings.h"

/*
 * The password: asked for (--password), read from a file, or the configuration's; on the command
 * line said overrides the configuration. NULL where there is none. It lies in the vault
 * (base/vault.h), and the caller frees it there.
 *   -ENOTTY  there is no terminal to ask at
 *   -EINTR   a signal that the program handles, as Ctrl-C, came there
 *   -EINVAL  it is too long, or the file has more than one line
 *   -ENOENT -EACCES … of the file; -ENOMEM
 */
int rdb_secret_get(const struct rdb_settings *settings, char **out, struct rdb_err *err);

/* The token of a hosting service, likewise: --token, --token-file, or the configuration's. */
int rdb_secret_token(const struct rdb_settings *settings, char **out, struct rdb_err *err);

/* Warns when others may read the file that holds a secret. */
void rdb_secret_warn(int fd, const char *path);

/*
 * Reads passwords by user from a file, a JSON object of strings; warns when others may read it. The
 * text is wiped, and so is, from now on, what jansson frees. *out is the caller's.
 *   -EINVAL  it is no such object
 *   -ENOENT -EACCES … of the file; -ENOMEM
 */
struct json_t;
int rdb_secret_users(const char *path, struct json_t **out, struct rdb_err *err);

/* Replaces the arguments of the process by a text that shows neither the passwords of connection
 * strings, rethinkdb://USER:PASSWORD@HOST, nor their lengths. The caller no longer uses argv. */
void rdb_secret_hide(int argc, char **argv);

/* Whether the configuration file holds one. */
bool rdb_secret_configured(const struct rdb_settings *settings);

/* The cluster as the options and the configuration say, password and all. Errors as above and
 * rdb_cluster_create()'s. */
int rdb_secret_cluster(
	const struct rdb_settings *settings, struct rdb_cluster **out, struct rdb_err *err);

#endif
