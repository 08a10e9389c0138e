/*
 * Renames and drops of tables, which may be repeated after an answer was lost. One thread; blocks
 * on the cluster. In addition to the errors listed, functions return errors of rdb_client_query().
 */
#ifndef RDB_CLUSTER_TABLE_RENAME_H
#define RDB_CLUSTER_TABLE_RENAME_H

#include "cluster/client.h"

/*
 * Renames a table within its database. id: its id in the cluster, which shows after a lost answer
 * whether the table was renamed.
 *   -EEXIST     another table has the name
 *   -EACCES     the permission config is missing
 *   -EREMOTEIO  the cluster refuses
 */
int rdb_table_rename(struct rdb_client *client, const char *db, const char *from, const char *to,
	const char *id, struct rdb_err *err);

/* Checks the result of one rename. -EEXIST, -EREMOTEIO, -EPROTO. */
int rdb_table_rename_check(const struct json_t *result, struct rdb_err *err);

/* Drops a table. A table that does not exist is no error. */
int rdb_table_drop(
	struct rdb_client *client, const char *db, const char *name, struct rdb_err *err);

/* Turns -EINVAL into -EREMOTEIO, in err also: the request is valid, but the cluster cannot do it,
 * for example because it has too few servers. */
int rdb_table_refused_by_cluster(int ret, struct rdb_err *err);

#endif
