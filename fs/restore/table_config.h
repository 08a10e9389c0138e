/*
 * Restores the table configurations of a backup into a cluster: durability, write acknowledgements,
 * shards and replicas. If the cluster has servers with the same names as the backup, each table is
 * placed on the same servers. Otherwise each table gets the same numbers of shards and replicas, as
 * far as the servers suffice.
 */
#ifndef RDB_RESTORE_TABLE_CONFIG_H
#define RDB_RESTORE_TABLE_CONFIG_H

#include "restore/system.h"

/* Checks that the user may read the configuration of the cluster's tables and servers, which a
 * restore of the configuration needs. Returns 0, an error of rdb_system_ask(), or -EACCES if the
 * user may not. */
int rdb_table_config_prepare(struct rdb_system *system, struct rdb_err *err);

/* Changes the configuration of existing tables to the configuration in the backup. If
 * keep_placement is true, leaves shards and replicas unchanged. If a table fails, calls warn() and
 * continues with the next table. Stores in *differing how many tables were not configured as in the
 * backup. Returns 0, -ECANCELED, -ENOMEM, or an error of rdb_system_ask(). */
int rdb_table_config_restore(
	struct rdb_system *system, bool keep_placement, size_t *differing, struct rdb_err *err);

#endif
