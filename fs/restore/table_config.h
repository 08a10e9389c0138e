/*
 * Configuration of tables, from a backup into a cluster: durability, write acknowledgements, and
 * shards and replicas. Where the cluster has servers of the names that the backup has, each table
 * is put where it was; else it gets as many shards and replicas, as far as there are servers for
 * them.
 */
#ifndef RDB_RESTORE_TABLE_CONFIG_H
#define RDB_RESTORE_TABLE_CONFIG_H

#include "restore/system.h"

struct rdb_table_config_options {
	bool keep_placement; /* shards and replicas are left as they are */
};

struct rdb_table_config_outcome {
	size_t changed, failed; /* tables */
};

/* Looks whether it can be done. -EACCES: the user may not read the configuration. */
int rdb_table_config_prepare(struct rdb_system *system, struct rdb_err *err);

/* Does it, for the tables that are there. One that fails does not stop the others: warn() says why.
 * 0, or -ECANCELED, -ENOMEM, and errors of rdb_system_ask(). */
int rdb_table_config_restore(struct rdb_system *system,
	const struct rdb_table_config_options *options, struct rdb_table_config_outcome *outcome,
	struct rdb_err *err);

#endif
