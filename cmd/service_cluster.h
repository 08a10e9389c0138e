/* The cluster of a mount, where a hosting service may describe it. */
#ifndef RDB_CMD_SERVICE_CLUSTER_H
#define RDB_CMD_SERVICE_CLUSTER_H

#include "cluster/cluster.h"
#include "cmd/settings.h"
#include "store/store.h"

/*
 * As rdb_secret_cluster(). Where the settings name no cluster, it is the one that the store's
 * service describes, with its certificate unless the settings name one; the log says so.
 */
int rdb_command_service_cluster(const struct rdb_settings *settings, struct rdb_store *store,
	struct rdb_cluster **out, struct rdb_err *err);

#endif
