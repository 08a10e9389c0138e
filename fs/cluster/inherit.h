/* Properties that a restored table inherits from the table that it replaces. The functions wait for
 * the cluster and are called by one thread. They return 0 or an error of rdb_client_query(), such
 * as -EACCES. */
#ifndef RDB_CLUSTER_INHERIT_H
#define RDB_CLUSTER_INHERIT_H

#include "cluster/client.h"

#include <stdbool.h>

/* Copies the configuration of the table "from" to the table "to" of the same database. Shards and
 * replicas are copied only if "placement" is true. */
int rdb_inherit_config(struct rdb_client *client, const char *db, const char *from, const char *to,
	bool placement, struct rdb_err *err);

/* Copies the permissions on the table with this UUID to the table with the name "to". */
int rdb_inherit_permissions(struct rdb_client *client, const char *db, const char *id,
	const char *to, struct rdb_err *err);

struct json_t;

/* Stores the write hook of the table "from" in *out, in the form of the member "write_hook" of an
 * .info file. Stores JSON null if the table has no write hook. The caller owns *out. */
int rdb_inherit_hook(struct rdb_client *client, const char *db, const char *from,
	struct json_t **out, struct rdb_err *err);

#endif
