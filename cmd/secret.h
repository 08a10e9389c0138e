/* Gets the password and other secrets from the source that the user chose. Warns if other users can
 * read this source. */
#ifndef RDB_CMD_SECRET_H
#define RDB_CMD_SECRET_H

#include "base/buf.h"
#include "base/err.h"
#include "cluster/cluster.h"
#include "cmd/settings.h"

#define RDB_SECRET_FILE_MAX (1024 * 1024) /* bytes of the longest file with secrets */

/*
 * Gets the password from the source that the user chose, for example --password-file. Stores a
 * copy in *out, or NULL if the user chose no source. The caller frees the copy with
 * rdb_vault_free().
 * Returns:
 *   0        *out is set
 *   -EINVAL  the password is too long or has several lines
 *   -EINVAL  the cluster's address, which the prompt shows, is not valid
 *   -ENOTTY  no terminal is available for asking the user
 *   -EINTR   the user cancelled with Ctrl-C
 *   -ENOMEM  memory is exhausted
 *   other    an error of open() or read()
 */
int rdb_secret_get(const struct rdb_settings *settings, char **out, struct rdb_err *err);

/* Gets the token for the API of a hosting service from the source that the user chose, for example
 * --token-file. The output and the errors are the same as in rdb_secret_get(). */
int rdb_secret_token(const struct rdb_settings *settings, char **out, struct rdb_err *err);

/* Reads a file without leaving copies of its text elsewhere in memory. Call rdb_secret_wipe() even
 * after an error. Returns 0, -ENOMEM, -EINVAL if the file is longer than 1 MiB, or an error of
 * read(). */
int rdb_secret_read(int fd, struct rdb_buf *text, struct rdb_err *err);
void rdb_secret_wipe(struct rdb_buf *text);

/* Overwrites and frees memory from malloc(). For json_set_alloc_funcs(). */
void rdb_secret_free_memory(void *memory);

/* Warns if other users may read the file "path", which contains a secret and is open as fd. */
void rdb_secret_warn(int fd, const char *path);

struct json_t;

/*
 * Reads a JSON file of passwords, an object with a member for each user. From this call on,
 * jansson overwrites memory before freeing the memory, so that no password remains.
 * Returns:
 *   0        *out is the object
 *   -EINVAL  the content is not valid
 *   -ENOMEM  memory is exhausted
 *   other    an error of open() or rdb_secret_read()
 */
int rdb_secret_users(const char *path, struct json_t **out, struct rdb_err *err);

/* Overwrites the arguments of the process, so that other users cannot read the passwords in
 * connection strings. The caller must not use argv afterwards. */
void rdb_secret_hide(int argc, char **argv);

/* Returns whether the configuration file contains a secret. */
bool rdb_secret_configured(const struct rdb_settings *settings);

/* Creates a struct rdb_cluster for the cluster in the settings, with the password from
 * rdb_secret_get(). Does not connect to the cluster. Returns 0, or an error of rdb_secret_get() or
 * rdb_cluster_create(). */
int rdb_secret_cluster(
	const struct rdb_settings *settings, struct rdb_cluster **out, struct rdb_err *err);

#endif
