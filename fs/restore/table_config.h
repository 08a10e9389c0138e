/*
 * Restores the table configurations of a backup into a cluster: durability, write acknowledgements,
 * shards and replicas. If the cluster has servers with the same names as the backup, each table is
 * placed on the same servers. Otherwise each table gets the same numbers of shards and replicas, as
 * far as the servers suffice.
 */
#ifndef RDB_RESTORE_TABLE_CONFIG_H
#define RDB_RESTORE_TABLE_CONFIG_H

#include "restore/system.h"

/* Checks that the user may read the configuration of tables and servers. Returns 0, or an error of
 * rdb_system_ask() such as -EACCES. */
int rdb_table_config_prepare(struct rdb_system *system, struct rdb_err *err);

/* Gives each restored table the configuration that the table has in the backup, except shards and
 * replicas if keep_placement is true. Stores in *differing how many tables had another
 * configuration. Only warns about tables that cannot be changed. */
int rdb_table_config_restore(
	struct rdb_system *system, bool keep_placement, size_t *differing, struct rdb_err *err);

#endif
