/*
 * The cluster that a mount uses. This is the cluster of the settings, or the cluster whose address
 * a hosting service, which makes the backups, reports.
 */
#ifndef RDB_CMD_SERVICE_CLUSTER_H
#define RDB_CMD_SERVICE_CLUSTER_H

#include "cluster/cluster.h"
#include "cmd/settings.h"
#include "store/store.h"

/*
 * Creates the struct rdb_cluster from the settings, as rdb_secret_cluster() does. If the settings
 * name no cluster, asks the hosting service that stores the backups for the cluster's address. The
 * service's certificate is then used too, unless the settings have TLS options. If the service does
 * not report an address, the settings' default address is used.
 */
int rdb_command_service_cluster(const struct rdb_settings *settings, struct rdb_store *store,
	struct rdb_cluster **out, struct rdb_err *err);

#endif
