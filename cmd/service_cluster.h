/* The cluster that a mount uses. This is the cluster of the settings, or the cluster that a hosting
 * service describes. */
#ifndef RDB_CMD_SERVICE_CLUSTER_H
#define RDB_CMD_SERVICE_CLUSTER_H

#include "cluster/cluster.h"
#include "cmd/settings.h"
#include "store/store.h"

/*
 * Creates the object for the cluster that a mount uses. This is the cluster of the settings, as in
 * rdb_secret_cluster(). If the settings name no cluster, the hosting service of the store is asked
 * for its cluster, and the choice is logged. The certificate of this service is used unless the
 * settings name a certificate.
 */
int rdb_command_service_cluster(const struct rdb_settings *settings, struct rdb_store *store,
	struct rdb_cluster **out, struct rdb_err *err);

#endif
