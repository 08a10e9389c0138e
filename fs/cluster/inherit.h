/*
 * What a table that replaces another takes over from it: shards and replicas and where they are,
 * durability, write acknowledgement, the permissions that users have on that table alone, and
 * where no .info tells, indexes and write hook. Waits for the cluster; one thread.
 *
 * All return 0, or errors of rdb_client_query(), -EACCES among them where the user may not.
 */
#ifndef RDB_CLUSTER_INHERIT_H
#define RDB_CLUSTER_INHERIT_H

#include "cluster/client.h"

#include <stdbool.h>

/* from, to: names of tables. placement: shards and replicas as well. */
int rdb_inherit_config(struct rdb_client *client, const char *db, const char *from, const char *to,
	bool placement, struct rdb_err *err);

/* id: of the table that has the permissions; to: the name of the one that gets them. */
int rdb_inherit_permissions(struct rdb_client *client, const char *db, const char *id,
	const char *to, struct rdb_err *err);

/* What an .info of the table would have as "indexes", and as "write_hook": null where the server
 * knows no hooks. The caller owns it. */
struct json_t;
int rdb_inherit_indexes(struct rdb_client *client, const char *db, const char *from,
	struct json_t **out, struct rdb_err *err);
int rdb_inherit_hook(struct rdb_client *client, const char *db, const char *from,
	struct json_t **out, struct rdb_err *err);

#endif
