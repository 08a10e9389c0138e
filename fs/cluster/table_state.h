/*
 * State of a table in the cluster. The functions wait for the cluster and are called by one thread.
 * They return 0, -EPROTO if the answer is not usable, or an error of rdb_client_query().
 */
#ifndef RDB_CLUSTER_TABLE_STATE_H
#define RDB_CLUSTER_TABLE_STATE_H

#include "cluster/client.h"
#include "cluster/table_info.h"

#define RDB_TABLE_ID 40 /* size of a buffer for a UUID as text */

struct rdb_table_state {
	bool exists;
	char id[RDB_TABLE_ID];
	char primary_key[RDB_PRIMARY_KEY_MAX];
};

/* Looks up a table and stores its state in *out. If the table or its database does not exist,
 * out->exists is false, and the function returns 0. */
int rdb_table_look(struct rdb_client *client, const char *db, const char *table,
	struct rdb_table_state *out, struct rdb_err *err);

/* Counts the documents of a table. The server reads the whole table for the count. */
int rdb_table_count(struct rdb_client *client, const char *db, const char *table, int64_t *count,
	struct rdb_err *err);

/* Stores the error for a table in the cluster with the primary key "has", which differs from the
 * key "wanted" of the backup. Returns -EINVAL. */
int rdb_table_refuse_key(const char *has, const char *wanted, struct rdb_err *err);

#endif
