/* The password, from the source that the user chose; warns if other users can read it. */
#ifndef RDB_CMD_SECRET_H
#define RDB_CMD_SECRET_H

#include "base/err.h"
#include "cluster/cluster.h"
#include "cmd/settings.h"

/*
 * Gets the password: typed (--password), read from a file, or from the configuration; the command
 * line overrides the configuration. NULL if none is given. The text is in the vault (base/vault.h),
 * where the caller frees it.
 *   -ENOTTY  no terminal to prompt on
 *   -EINTR   interrupted by a signal that the program handles, such as Ctrl-C
 *   -EINVAL  the password is too long, or the file has more than one line
 *   -ENOENT -EACCES … of the file; -ENOMEM
 */
int rdb_secret_get(const struct rdb_settings *settings, char **out, struct rdb_err *err);

/* Gets the token of a hosting service in the same way: --token, --token-file, or the
 * configuration's. */
int rdb_secret_token(const struct rdb_settings *settings, char **out, struct rdb_err *err);

/* Warns if other users may read the file of a secret. */
void rdb_secret_warn(int fd, const char *path);

/*
 * Reads passwords by user from a file, a JSON object of strings; warns if other users may read it.
 * The text is overwritten after use; from now on jansson overwrites all memory that it frees. The
 * caller owns *out.
 *   -EINVAL  the file is not such an object
 *   -ENOENT -EACCES … of the file; -ENOMEM
 */
struct json_t;
int rdb_secret_users(const char *path, struct json_t **out, struct rdb_err *err);

/* Replaces the arguments of the process, so that they show neither the passwords of connection
 * strings (rethinkdb://USER:PASSWORD@HOST) nor their lengths. The caller must not use argv
 * afterwards. */
void rdb_secret_hide(int argc, char **argv);

/* Returns whether the configuration file contains a secret. */
bool rdb_secret_configured(const struct rdb_settings *settings);

/* Creates the cluster from the options and the configuration, including the password. Errors as
 * rdb_secret_get() and rdb_cluster_create(). */
int rdb_secret_cluster(
	const struct rdb_settings *settings, struct rdb_cluster **out, struct rdb_err *err);

#endif
