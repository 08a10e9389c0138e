/*
 * Creation of a table in the cluster. The functions wait for the cluster and are called by one
 * thread. In addition to the listed errors, they return errors of rdb_client_query().
 */
#ifndef RDB_CLUSTER_TABLE_CREATE_H
#define RDB_CLUSTER_TABLE_CREATE_H

#include "cluster/table.h"

/* Settings of a new table; 0 means the server's default. */
struct rdb_table_shape {
	const char *primary_key;
	int shards, replicas;
};

/* Creates a table, and stores the table's id in "id". Sets *again to true if a failed attempt may
 * have created the table. In this case, -EEXIST may mean the table of that attempt. Returns 0,
 * -EEXIST, or -ENOENT if the database does not exist. */
int rdb_table_create(struct rdb_client *client, const char *db, const char *name,
	const struct rdb_table_shape *shape, char id[RDB_TABLE_ID], bool *again,
	struct rdb_err *err);

/* Stores the id of an existing table in "id". Returns 0, or -ENOENT if the table was dropped. */
int rdb_table_find_id(struct rdb_client *client, const char *db, const char *name,
	char id[RDB_TABLE_ID], struct rdb_err *err);

#endif
