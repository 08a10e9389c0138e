/*
 * Start times of the cluster's servers. A server that has restarted may have lost writes that it
 * acknowledged with soft durability, and a sync that follows succeeds nevertheless. Clients that
 * are connected to another server of the cluster see neither an error nor a lost connection: only
 * the start times show the restart.
 */
#ifndef RDB_CLUSTER_SERVER_STARTS_H
#define RDB_CLUSTER_SERVER_STARTS_H

#include "reql/conn.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The servers at one time. Zero-initialised: unknown. */
struct rdb_server_starts {
	size_t count;  /* number of servers; 0: unknown */
	uint64_t hash; /* of all ids and start times */
};

/* Reads the start times. They are unknown to a user who may not read rethinkdb.server_status.
 * Errors of the connection, -EAGAIN, -ENOMEM. Blocks; one thread per connection. */
int rdb_server_starts_read(
	struct rdb_conn *conn, struct rdb_server_starts *out, struct rdb_err *err);

/* Returns whether a restart could pass unnoticed: there are several servers. The restart of a
 * single server breaks the connection. */
bool rdb_server_starts_matter(const struct rdb_server_starts *starts);

/* Returns whether a server has restarted, joined or left in between. */
bool rdb_server_starts_differ(const struct rdb_server_starts *a, const struct rdb_server_starts *b);

#endif
