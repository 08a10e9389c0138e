/*
 * Restores the table configurations of a backup into a cluster: durability, write acknowledgements,
 * shards and replicas. If the cluster has servers with the same names as the backup, each table is
 * placed on the same servers. Otherwise each table gets the same numbers of shards and replicas, as
 * far as the servers suffice.
 */
#ifndef RDB_RESTORE_TABLE_CONFIG_H
#define RDB_RESTORE_TABLE_CONFIG_H

#include "restore/system.h"

struct rdb_table_config_options {
	bool keep_placement; /* leave shards and replicas unchanged */
};

struct rdb_table_config_outcome {
	size_t changed; /* number of changed tables, including those with too few replicas */
	size_t failed;  /* number of tables that could not be changed */
};

/* Checks that the user may read the configuration of the cluster's tables and servers, which a
 * restore of the configuration needs. Returns 0, an error of rdb_system_ask(), or -EACCES if the
 * user may not. */
int rdb_table_config_prepare(struct rdb_system *system, struct rdb_err *err);

/* Changes the configuration of existing tables to the configuration in the backup. If a table
 * fails, calls warn() and continues with the next table. Returns 0, -ECANCELED, -ENOMEM, or an
 * error of rdb_system_ask(). */
int rdb_table_config_restore(struct rdb_system *system,
	const struct rdb_table_config_options *options, struct rdb_table_config_outcome *outcome,
	struct rdb_err *err);

#endif
