/*
 * Renames and drops tables. The functions may be repeated after an answer was lost. They wait for
 * the cluster and are called by one thread. In addition to the listed errors, they return errors of
 * rdb_client_query().
 */
#ifndef RDB_CLUSTER_TABLE_RENAME_H
#define RDB_CLUSTER_TABLE_RENAME_H

#include "cluster/client.h"

/*
 * Renames a table within its database. id is the table's UUID. If the answer to the query is lost,
 * the function looks up the table by the UUID. If this table has the new name, the rename counts as
 * successful. Returns 0, or
 *   -EEXIST if another table has the name;
 *   -EACCES if the user lacks the permission config;
 *   -EREMOTEIO if the cluster refuses, for example for lack of servers.
 */
int rdb_table_rename(struct rdb_client *client, const char *db, const char *from, const char *to,
	const char *id, struct rdb_err *err);

/* Checks the result of a rename query. Returns 0, -EEXIST if a table with the new name exists,
 * -EREMOTEIO if the cluster cannot rename the table now, or -EPROTO if *result is not the result of
 * a write. */
int rdb_table_rename_check(const struct json_t *result, struct rdb_err *err);

/* Drops a table. Returns 0 also if the table does not exist. */
int rdb_table_drop(
	struct rdb_client *client, const char *db, const char *name, struct rdb_err *err);

/* The server reports a request as invalid also if the request is valid, but cannot be executed at
 * the moment. For a request that the caller knows to be valid, this function therefore replaces the
 * result "ret" of -EINVAL by -EREMOTEIO, and sets err->code to EREMOTEIO. Returns any other "ret"
 * unchanged. */
int rdb_table_refused_by_cluster(int ret, struct rdb_err *err);

#endif
