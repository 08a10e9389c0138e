/*
 * Properties that a table inherits from the table that it replaces: number and placement of shards
 * and replicas, durability, write acknowledgement, users' permissions on that table alone, and,
 * without an .info, indexes and write hook. Blocks on the cluster; one thread.
 *
 * All functions return 0, or errors of rdb_client_query(), including -EACCES if the user lacks a
 * permission.
 */
#ifndef RDB_CLUSTER_INHERIT_H
#define RDB_CLUSTER_INHERIT_H

#include "cluster/client.h"

#include <stdbool.h>

/* from, to: names of tables. placement: include shards and replicas. */
int rdb_inherit_config(struct rdb_client *client, const char *db, const char *from, const char *to,
	bool placement, struct rdb_err *err);

/* id: UUID of the table that has the permissions; to: name of the table that receives them. */
int rdb_inherit_permissions(struct rdb_client *client, const char *db, const char *id,
	const char *to, struct rdb_err *err);

/* Returns the members "indexes" and "write_hook" as an .info of the table would have them; the hook
 * is null if the server does not support hooks. The caller owns the value. */
struct json_t;
int rdb_inherit_indexes(struct rdb_client *client, const char *db, const char *from,
	struct json_t **out, struct rdb_err *err);
int rdb_inherit_hook(struct rdb_client *client, const char *db, const char *from,
	struct json_t **out, struct rdb_err *err);

#endif
