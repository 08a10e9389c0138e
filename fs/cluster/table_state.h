/*
 * State of a table in the cluster. Blocks on the cluster; one thread.
 *
 * Errors are those of rdb_client_query().
 */
#ifndef RDB_CLUSTER_TABLE_STATE_H
#define RDB_CLUSTER_TABLE_STATE_H

#include "cluster/client.h"
#include "cluster/table_info.h"

#define RDB_TABLE_ID 40 /* bytes of a UUID as text, with reserve */

struct rdb_table_state {
	bool exists;
	char id[RDB_TABLE_ID];
	char primary_key[RDB_PRIMARY_KEY_MAX];
};

/* Looks up a table. If it or its database does not exist, out->exists is false; that is no error.
 * -EPROTO. */
int rdb_table_look(struct rdb_client *client, const char *db, const char *table,
	struct rdb_table_state *out, struct rdb_err *err);

/* Counts the documents; the server reads all of them. -EPROTO. */
int rdb_table_count(struct rdb_client *client, const char *db, const char *table, int64_t *count,
	struct rdb_err *err);

#endif
