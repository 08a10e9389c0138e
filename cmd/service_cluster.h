/* The cluster that a mount uses. This is the cluster of the settings, or the cluster that a hosting
 * service describes. */
#ifndef RDB_CMD_SERVICE_CLUSTER_H
#define RDB_CMD_SERVICE_CLUSTER_H

#include "cluster/cluster.h"
#include "cmd/settings.h"
#include "store/store.h"

/*
 * Creates the cluster like rdb_secret_cluster(). If the settings name no cluster, uses the cluster
 * that the store's service describes, and logs this. The service's certificate is used unless the
 * settings name a certificate.
 */
int rdb_command_service_cluster(const struct rdb_settings *settings, struct rdb_store *store,
	struct rdb_cluster **out, struct rdb_err *err);

#endif
