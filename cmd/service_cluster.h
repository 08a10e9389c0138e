/* The cluster that a mount uses. This is the cluster of the settings, or the cluster that a hosting
 * service describes. */
#ifndef RDB_CMD_SERVICE_CLUSTER_H
#define RDB_CMD_SERVICE_CLUSTER_H

#include "cluster/cluster.h"
#include "cmd/settings.h"
#include "store/store.h"

/*
 * Creates the struct rdb_cluster for the cluster in the settings, as rdb_secret_cluster() does.
 * If the settings name no cluster, asks the store's hosting service for the cluster's address.
 * If the settings name no certificate, uses the certificate from the service.
 */
int rdb_command_service_cluster(const struct rdb_settings *settings, struct rdb_store *store,
	struct rdb_cluster **out, struct rdb_err *err);

#endif
